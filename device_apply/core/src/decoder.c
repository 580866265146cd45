/* The push decoder: phases, feeding and stepping, see airdelta.h. */
#include "airdelta.h"

#include <string.h>

#include "fixed_point.h"
#include "image_coder.h"
#include "priors.h"
#include "state.h"

#define STATE_MAGIC 0x41444C32u
/* Units between two calls of the watchdog. */
#define WATCHDOG_UNITS 64u

uint32_t airdelta_features(void)
{
    uint32_t features = 0;
    for (uint32_t mode = AD_MODE_TINY; mode <= AD_MODE_LARGE; mode++) {
        if (ad_has_tier(mode)) features |= 1u << (17u + mode - AD_MODE_TINY);
    }
    for (uint32_t architecture = 0; architecture < AD_ARCH_COUNT; architecture++) {
        if (ad_is_built_in((enum ad_architecture)architecture)) features |= 1u << architecture;
    }
    return features;
}

airdelta_status airdelta_needs_of(const uint8_t *bytes, size_t count, struct airdelta_needs *needs)
{
    struct ad_parameters parameters = {0};
    if (bytes == NULL || needs == NULL) return AIRDELTA_BAD_ARGUMENT;
    if (!ad_parse_header(&parameters, bytes, count, AD_MAX_IMAGE_BYTES, AD_MAX_IMAGE_BYTES)) {
        return AIRDELTA_BAD_FORMAT;
    }
    memset(needs, 0, sizeof *needs);
    needs->memory_bytes = ad_round_up(AD_STATE_BYTES);
    needs->is_built_in = 1;
    if (parameters.mode >= AD_MODE_TINY) {
        int has_tier = ad_has_tier(parameters.mode);
        needs->tier = (uint8_t)(parameters.mode - AD_MODE_TINY + 1u);
        needs->architecture = parameters.architecture;
        needs->segment_bytes = AD_SEGMENT_MEMORY_BYTES;
        needs->is_built_in =
            has_tier && ad_is_built_in((enum ad_architecture)parameters.architecture);
        if (has_tier) needs->memory_bytes = ad_fixed_bytes(parameters.mode);
    }
    return AIRDELTA_DONE;
}

airdelta_status airdelta_begin(void *memory, size_t memory_bytes,
                               const struct airdelta_ports *ports,
                               const struct airdelta_sizes *sizes)
{
    struct ad_state *state = memory;
    if (memory == NULL || ports == NULL || sizes == NULL ||
        (uintptr_t)memory % sizeof(void *) != 0 ||
        ports->read_base == NULL || ports->write_new == NULL ||
        (sizes->base_bytes | sizes->new_bytes) > AD_MAX_IMAGE_BYTES) {
        return AIRDELTA_BAD_ARGUMENT;
    }
    if (memory_bytes < AD_STATE_BYTES) return AIRDELTA_NO_MEMORY;
    memset(state, 0, AD_STATE_BYTES);
    state->magic = STATE_MAGIC;
    state->sizes = *sizes;
    state->memory_bytes = memory_bytes < UINT32_MAX ? (uint32_t)memory_bytes : UINT32_MAX;
    state->status = AIRDELTA_NEED_INPUT;
    return airdelta_resume(memory, ports);
}

airdelta_status airdelta_resume(void *memory, const struct airdelta_ports *ports)
{
    struct ad_state *state = memory;
    if (memory == NULL || ports == NULL || state->magic != STATE_MAGIC) {
        return AIRDELTA_BAD_ARGUMENT;
    }
    state->ports = *ports;
    return (airdelta_status)state->status;
}

uint32_t airdelta_state_bytes(const void *memory)
{
    const struct ad_state *state = memory;
    uint32_t mode = state->parameters.mode;
    if (mode <= AD_MODE_RUN_LENGTH) return ad_round_up(AD_STATE_BYTES);
    uint32_t segments = state->map_is_in_memory ? state->map.count : 0;
    return ad_fixed_bytes(mode) + segments * (uint32_t)AD_SEGMENT_MEMORY_BYTES;
}

uint32_t airdelta_segment_count(const void *memory)
{
    return ((const struct ad_state *)memory)->map.count;
}

uint32_t airdelta_written_bytes(const void *memory)
{
    return ((const struct ad_state *)memory)->written_bytes;
}

airdelta_status airdelta_feed(void *memory, const uint8_t *bytes, size_t count, size_t *taken)
{
    struct ad_state *state = memory;
    if (memory == NULL || taken == NULL || (bytes == NULL && count > 0) ||
        state->magic != STATE_MAGIC) {
        return AIRDELTA_BAD_ARGUMENT;
    }
    struct ad_patch_input *input = &state->coder.input;
    uint32_t waiting = ad_available(input);
    memmove(input->bytes, input->bytes + input->position, waiting);
    input->position = 0;
    uint32_t accepted = AD_INPUT_BYTES - waiting;
    if (count < accepted) accepted = (uint32_t)count;
    state->input_bytes += accepted;
    if (state->input_bytes > state->sizes.patch_bytes) {
        state->status = AIRDELTA_BAD_FORMAT; /* longer than the manifest says */
        accepted = 0;
    }
    memcpy(input->bytes + waiting, bytes, accepted);
    input->filled = (uint8_t)(waiting + accepted);
    input->is_complete = state->input_bytes == state->sizes.patch_bytes;
    *taken = accepted;
    return (airdelta_status)state->status;
}

/* --- phases: each does one unit; those that fail say so in the state's status --- */

/* Read the number of segments and find out where the map fits: in memory, or in scratch. */
static void begin_map(struct ad_state *state)
{
    const struct airdelta_ports *ports = &state->ports;
    uint32_t count = ad_code_segment_count(state, 0);
    uint32_t map_bytes = airdelta_scratch_bytes(count);
    state->map.count = count;
    if (count > AD_MAX_SEGMENTS || count > state->sizes.new_bytes) {
        state->status = AIRDELTA_BAD_FORMAT;
    } else if (count * AD_SEGMENT_MEMORY_BYTES <=
               state->memory_bytes - ad_fixed_bytes(state->parameters.mode)) {
        state->map_is_in_memory = 1;
    } else if (!ports->scratch_erase || !ports->scratch_program || !ports->scratch_read ||
               ports->scratch_bytes < map_bytes) {
        state->status = AIRDELTA_NO_MEMORY;
    } else if (ports->scratch_erase(ports->context, map_bytes)) {
        state->status = AIRDELTA_PORT_FAILED;
    }
}

/* Whether the patch that the header announces can be decoded here. */
static airdelta_status check_header(const struct ad_state *state)
{
    const struct ad_parameters *parameters = &state->parameters;
    uint32_t mode = parameters->mode;
    if (!ad_has_tier(mode) || !ad_is_built_in((enum ad_architecture)parameters->architecture)) {
        return AIRDELTA_UNSUPPORTED;
    }
    if (mode == AD_MODE_LARGE && state->ports.read_new == NULL) return AIRDELTA_BAD_ARGUMENT;
    return state->memory_bytes < ad_fixed_bytes(mode) ? AIRDELTA_NO_MEMORY : AIRDELTA_BUSY;
}

AD_OUT_OF_LINE static void read_header(struct ad_state *state)
{
    struct ad_patch_input *input = &state->coder.input;
    const struct airdelta_sizes *sizes = &state->sizes;
    if (!ad_read_header(&state->parameters, input, sizes->base_bytes, sizes->new_bytes)) {
        state->status = AIRDELTA_BAD_FORMAT;
        return;
    }
    state->phase = AD_PHASE_RUNS;
    if (state->parameters.mode == AD_MODE_STORED) state->run_left = sizes->new_bytes;
    if (state->parameters.mode <= AD_MODE_RUN_LENGTH) return;
    state->status = (int8_t)check_header(state);
    if (state->status != AIRDELTA_BUSY) return;
    state->phase = AD_PHASE_SEGMENTS;
    ad_bind(state);
    ad_set_map_priors(state);
    ad_coder_begin(&state->coder);
    begin_map(state);
}

/* Runs alternate: as in the base at the same offset, then replaced. */
static void do_run(struct ad_state *state)
{
    struct ad_patch_input *input = &state->coder.input;
    uint32_t position = state->position;
    if (state->run_left == 0) {
        state->run_is_copy ^= 1u;
        state->run_left = ad_next_number(input);
        uint32_t image_bytes = state->sizes.new_bytes;
        if (state->run_is_copy) image_bytes = ad_min(image_bytes, state->sizes.base_bytes);
        if (state->run_left > image_bytes - ad_min(position, image_bytes)) {
            state->status = AIRDELTA_BAD_FORMAT;
        }
        return;
    }
    state->run_left--;
    *ad_next_output(state) =
        (uint8_t)(state->run_is_copy ? *ad_base_at(state, position) : ad_next_byte(input));
    state->position++;
}

static void finish(struct ad_state *state)
{
    const struct ad_patch_input *input = &state->coder.input;
    uint32_t tail = state->phase == AD_PHASE_RUNS ? 0 : AD_TAIL_BYTES;
    ad_flush(state, state->position - state->written_bytes);
    if (state->status != AIRDELTA_BUSY) return;
    state->status = AIRDELTA_DONE;
    if (ad_available(input) > 0 || !input->is_complete || input->tail_bytes != tail) {
        state->status = AIRDELTA_BAD_FORMAT; /* bytes behind the end */
    }
}

AD_OUT_OF_LINE static void do_unit(struct ad_state *state)
{
    struct ad_segment_map *map = &state->map;
    int is_map_ready = map->ready == map->count;
    switch (state->phase) {
    case AD_PHASE_HEADER:
        read_header(state);
        break;
    case AD_PHASE_SEGMENTS:
        if (!is_map_ready) {
            if (!ad_code_segment(state, NULL)) state->status = AIRDELTA_BAD_FORMAT;
            break;
        }
        map->ready = 0;
        state->phase = AD_PHASE_SORT;
        break;
    case AD_PHASE_SORT:
        if (!is_map_ready) {
            ad_sort_some(state);
            break;
        }
        ad_reset_model(state);
        state->phase = AD_PHASE_IMAGE;
#ifndef AIRDELTA_TINY_ONLY
        state->only_learns = state->parameters.learns_base;
        if (state->only_learns) state->phase = AD_PHASE_LEARN_BASE;
        break;
    case AD_PHASE_LEARN_BASE:
        if (state->position < state->sizes.base_bytes) {
            ad_learn_base_byte(state);
            break;
        }
        ad_learn_base_end(state);
        state->phase = AD_PHASE_IMAGE;
#endif
        break;
    default:
        if (state->position == state->sizes.new_bytes) {
            finish(state);
        } else if (state->phase == AD_PHASE_RUNS) {
            do_run(state);
        } else {
            ad_code_image_unit(state);
        }
    }
    ad_flush_full(state);
}

airdelta_status airdelta_step(void *memory, uint32_t budget)
{
    struct ad_state *state = memory;
    if (memory == NULL || state->magic != STATE_MAGIC) return AIRDELTA_BAD_ARGUMENT;
    ad_bind(state);
    if (state->status == AIRDELTA_NEED_INPUT) state->status = AIRDELTA_BUSY;
    const struct ad_patch_input *input = &state->coder.input;
    for (; state->status == AIRDELTA_BUSY && budget > 0; budget--) {
        uint32_t most = state->phase == AD_PHASE_HEADER ? AD_INPUT_BYTES : AD_UNIT_INPUT_BYTES;
        uint32_t before = ad_available(input);
        if (before < most && !input->is_complete) {
            state->status = AIRDELTA_NEED_INPUT;
            break;
        }
        if (state->ports.watchdog &&
            (state->phase == AD_PHASE_SORT || budget % WATCHDOG_UNITS == 0)) {
            state->ports.watchdog(state->ports.context);
        }
        do_unit(state);
        if (before - ad_available(input) >= most) {
            state->status = AIRDELTA_BAD_FORMAT; /* no encoder spends that much on a unit */
        }
        if (input->tail_bytes > (state->phase == AD_PHASE_RUNS ? 0 : AD_TAIL_BYTES)) {
            state->status = AIRDELTA_TRUNCATED;
        }
    }
    return (airdelta_status)state->status;
}
