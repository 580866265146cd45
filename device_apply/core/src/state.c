/* Memory layout, base window and output, see state.h. */
#include "state.h"

#include <string.h>

#include "priors.h"

/* Hand out the next part of the memory, aligned to 4 bytes. */
static void *carve(uint8_t **next, size_t bytes)
{
    void *part = *next;
    *next += ad_round_up(bytes);
    return part;
}

void ad_bind(struct ad_state *state)
{
    state->map.ports = &state->ports;
    state->map.batch = state->window.bytes;
    if (state->parameters.mode < AD_MODE_TINY) return;
    state->tier = ad_tier_of(state->parameters.mode);
    const struct ad_tier *tier = ad_tier(state);
    uint32_t counters = ad_counters_of(tier);
    uint8_t *next = (uint8_t *)state + ad_round_up(sizeof *state);
    state->counters.probability = carve(&next, counters * sizeof(uint16_t));
    state->counters.observations = carve(&next, counters);
    state->weights = carve(&next, ad_weights_of(tier) * sizeof(int16_t));
    state->learned.moved = carve(&next, sizeof(struct ad_moved_target) << tier->moved_bits);
    state->learned.moved_bits = tier->moved_bits;
    state->learned.steps = carve(&next, tier->shift_steps * sizeof(struct ad_shift_step));
    state->learned.steps_capacity = tier->shift_steps;
    if (tier->match_bits) {
        state->match.table = carve(&next, sizeof(uint32_t) << tier->match_bits);
    }
    if (state->map.segments) {
        uint32_t segments = state->map.count;
        state->map.segments = carve(&next, segments * sizeof(struct ad_segment));
        state->map.by_base = carve(&next, segments * sizeof(uint16_t));
    }
}

void ad_reset_model(struct ad_state *state)
{
    const struct ad_tier *tier = ad_tier(state);
    ad_set_priors(state);
    memset(state->learned.moved, 0, sizeof(struct ad_moved_target) << tier->moved_bits);
    state->learned.steps_count = 0;
    memset(state->learned.halves, 0, sizeof state->learned.halves);
    if (tier->match_bits) memset(state->match.table, 0, sizeof(uint32_t) << tier->match_bits);
    memset(&state->history, 0, sizeof state->history);
}

void ad_move_window(struct ad_state *state, uint32_t start)
{
    struct ad_window *window = &state->window;
    uint32_t within = start - window->start;
    uint32_t kept = 0;
    if (window->reach > 0 && within < AD_WINDOW_BYTES) {
        kept = AD_WINDOW_BYTES - within;
        memmove(window->bytes, window->bytes + within, kept);
    }
    window->start = start;
    window->reach = AD_WINDOW_BYTES - AD_LOOK_BEHIND - AD_LOOK_AHEAD + 1u;
    /* read what lies inside the base image, zeros stand for the rest */
    uint32_t from = kept;
    while (from < AD_WINDOW_BYTES && start + from >= state->sizes.base_bytes) {
        window->bytes[from++] = 0;
    }
    if (from < AD_WINDOW_BYTES) {
        uint32_t readable = state->sizes.base_bytes - (start + from);
        uint32_t wanted = AD_WINDOW_BYTES - from;
        uint32_t count = wanted < readable ? wanted : readable;
        if (state->ports.read_base(state->ports.context, start + from, window->bytes + from,
                                   count)) {
            state->port_failed = 1;
        }
        memset(window->bytes + from + count, 0, wanted - count);
    }
}

void ad_flush(struct ad_state *state)
{
    if (state->output_bytes == 0) return;
    uint32_t offset = state->written_bytes;
    if (state->ports.write_new(state->ports.context, offset, state->output, state->output_bytes)) {
        state->port_failed = 1;
    }
    state->written_bytes += state->output_bytes;
    state->output_bytes = 0;
}

void ad_emit_byte(struct ad_state *state, uint8_t byte)
{
    state->output[state->output_bytes++] = byte;
    if (state->output_bytes == AD_OUTPUT_BYTES) ad_flush(state);
}

void ad_emit(struct ad_state *state, const uint8_t *bytes, uint32_t count)
{
    while (count > 0) {
        uint32_t part = ad_min(count, AD_OUTPUT_BYTES - state->output_bytes);
        memcpy(state->output + state->output_bytes, bytes, part);
        state->output_bytes = (uint8_t)(state->output_bytes + part);
        bytes += part;
        count -= part;
        if (state->output_bytes == AD_OUTPUT_BYTES) ad_flush(state);
    }
}
