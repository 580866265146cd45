/* Memory layout, base window and output, see state.h. */
#include "state.h"

#include <string.h>

#include "priors.h"

#ifdef AIRDELTA_TINY_ONLY

void ad_bind(struct ad_state *state)
{
    (void)state; /* holds its tables itself */
}

#else

/* Tables behind the structure, each aligned to 4 bytes. */
struct layout {
    uint32_t probability, observations, weights, moved, steps, match, end;
};

static struct layout layout_of(const struct ad_tier *tier)
{
    struct layout layout;
    uint32_t counters = ad_counters_of(tier);
    layout.probability = ad_round_up(sizeof(struct ad_state));
    layout.observations = layout.probability + ad_round_up(counters * sizeof(uint16_t));
    layout.weights = layout.observations + ad_round_up(counters);
    layout.moved = layout.weights + ad_round_up(ad_weights_of(tier) * sizeof(int16_t));
    layout.steps = layout.moved + ad_round_up(sizeof(struct ad_moved_target) << tier->moved_bits);
    layout.match = layout.steps + ad_round_up(tier->shift_steps * sizeof(struct ad_shift_step));
    layout.end = layout.match + (tier->match_bits ? sizeof(uint32_t) << tier->match_bits : 0);
    return layout;
}

uint32_t ad_fixed_bytes(uint32_t mode)
{
    return layout_of(ad_tier_of(mode)).end;
}

void ad_bind(struct ad_state *state)
{
    state->tier = ad_tier_of(state->parameters.mode);
    if (state->tier == NULL) return;
    struct layout layout = layout_of(state->tier);
    uint8_t *memory = (uint8_t *)state;
    state->pool.probability = (void *)(memory + layout.probability);
    state->observations = memory + layout.observations;
    state->weights = (void *)(memory + layout.weights);
    state->moved = (void *)(memory + layout.moved);
    state->steps = (void *)(memory + layout.steps);
    state->match.table = (void *)(memory + layout.match);
}

#endif

void ad_reset_model(struct ad_state *state)
{
    const struct ad_tier *tier = ad_tier(state);
    ad_set_priors(state);
    memset(state->moved, 0, sizeof(struct ad_moved_target) << tier->moved_bits);
#ifndef AIRDELTA_TINY_ONLY
    if (tier->match_bits) memset(state->match.table, 0, sizeof(uint32_t) << tier->match_bits);
#endif
}

/* Make the window start at a base offset; may be "negative". */
static void move_window(struct ad_state *state, uint32_t start)
{
    struct ad_window *window = &state->window;
    uint32_t within = start - window->start;
    uint32_t from = 0;
    if (window->reach > 0 && within < AD_WINDOW_BYTES) {
        from = AD_WINDOW_BYTES - within;
        memmove(window->bytes, window->bytes + within, from);
    }
    window->start = start;
    window->reach = AD_WINDOW_BYTES - AD_LOOK_BEHIND - AD_LOOK_AHEAD - AD_BLOCK_BYTES + 1u;
    /* read what lies inside the base image, zeros stand for the rest */
    uint32_t base_bytes = state->sizes.base_bytes;
    while (from < AD_WINDOW_BYTES) {
        uint32_t offset = start + from;
        uint32_t count = 1;
        window->bytes[from] = 0;
        if (offset < base_bytes) {
            count = ad_min(AD_WINDOW_BYTES - from, base_bytes - offset);
            if (state->ports.read_base(state->ports.context, offset, window->bytes + from, count)) {
                state->status = AIRDELTA_PORT_FAILED;
            }
        }
        from += count;
    }
}

const uint8_t *ad_base_at(struct ad_state *state, uint32_t offset)
{
    uint32_t first = offset - AD_LOOK_BEHIND;
    if (first - state->window.start >= state->window.reach) move_window(state, first);
    return state->window.bytes + (offset - state->window.start);
}

AD_OUT_OF_LINE uint8_t *ad_next_output(struct ad_state *state)
{
    return state->output + AD_REMEMBERED_BYTES + (state->position - state->written_bytes);
}

void ad_flush(struct ad_state *state, uint32_t count)
{
    const uint8_t *waiting = state->output + AD_REMEMBERED_BYTES;
    uint32_t offset = state->written_bytes;
    if (!ad_only_learns(state) &&
        state->ports.write_new(state->ports.context, offset, waiting, count)) {
        state->status = AIRDELTA_PORT_FAILED;
    }
    memmove(state->output, state->output + count, sizeof state->output - count);
    state->written_bytes += count;
}
