/* The push decoder: phases, feeding and stepping, see airdelta.h. */
#include "airdelta.h"

#include <string.h>

#include "fixed_point.h"
#include "image_coder.h"
#include "priors.h"
#include "state.h"

#define STATE_MAGIC 0x41444C31u
/* Units between two calls of the watchdog. */
#define WATCHDOG_UNITS 64u

uint32_t airdelta_features(void)
{
    uint32_t features = 0;
    for (uint32_t mode = AD_MODE_TINY; mode <= AD_MODE_LARGE; mode++) {
        if (ad_tier_of(mode)) features |= 1u << (17u + mode - AD_MODE_TINY);
    }
    for (uint32_t architecture = 0; architecture < AD_ARCH_COUNT; architecture++) {
        if (ad_is_built_in((enum ad_architecture)architecture)) features |= 1u << architecture;
    }
    return features;
}

airdelta_status airdelta_needs_of(const uint8_t *bytes, size_t count, struct airdelta_needs *needs)
{
    struct ad_parameters parameters;
    if (bytes == NULL || needs == NULL) return AIRDELTA_BAD_ARGUMENT;
    if (!ad_parse_header(&parameters, bytes, count, AD_MAX_IMAGE_BYTES, AD_MAX_IMAGE_BYTES)) {
        return AIRDELTA_BAD_FORMAT;
    }
    memset(needs, 0, sizeof *needs);
    needs->memory_bytes = ad_round_up(sizeof(struct ad_state));
    needs->is_built_in = 1;
    if (parameters.mode >= AD_MODE_TINY) {
        const struct ad_tier *tier = ad_tier_of(parameters.mode);
        needs->tier = (uint8_t)(parameters.mode - AD_MODE_TINY + 1u);
        needs->architecture = parameters.architecture;
        needs->segment_bytes = AD_SEGMENT_MEMORY_BYTES;
        needs->is_built_in =
            tier != NULL && ad_is_built_in((enum ad_architecture)parameters.architecture);
        if (tier != NULL) needs->memory_bytes = ad_fixed_bytes(tier);
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
        sizes->base_bytes > AD_MAX_IMAGE_BYTES || sizes->new_bytes > AD_MAX_IMAGE_BYTES) {
        return AIRDELTA_BAD_ARGUMENT;
    }
    if (memory_bytes < sizeof *state) return AIRDELTA_NO_MEMORY;
    memset(state, 0, sizeof *state);
    state->magic = STATE_MAGIC;
    state->ports = *ports;
    state->sizes = *sizes;
    state->memory_bytes = memory_bytes < UINT32_MAX ? (uint32_t)memory_bytes : UINT32_MAX;
    state->phase = AD_PHASE_HEADER;
    state->status = AIRDELTA_NEED_INPUT;
    return AIRDELTA_NEED_INPUT;
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
    struct ad_coder *coder = &state->coder;
    uint32_t waiting = ad_coder_available(coder);
    memmove(coder->input, coder->input + coder->position, waiting);
    coder->position = 0;
    uint32_t room = AD_INPUT_BYTES - waiting;
    uint32_t accepted = count < room ? (uint32_t)count : room;
    if (accepted > state->sizes.patch_bytes - state->input_bytes) {
        *taken = 0;
        return AIRDELTA_BAD_FORMAT; /* longer than the manifest says */
    }
    if (accepted > 0) memcpy(coder->input + waiting, bytes, accepted);
    coder->filled = (uint8_t)(waiting + accepted);
    state->input_bytes += accepted;
    coder->is_complete = state->input_bytes == state->sizes.patch_bytes;
    *taken = accepted;
    return (airdelta_status)state->status;
}

static int has_input(const struct ad_state *state, uint32_t bytes)
{
    return state->coder.is_complete || ad_coder_available(&state->coder) >= bytes;
}

/* --- phases: each does one unit and returns a final status, or AIRDELTA_BUSY --- */

static airdelta_status begin_tier(struct ad_state *state)
{
    if (!ad_is_built_in((enum ad_architecture)state->parameters.architecture)) {
        return AIRDELTA_UNSUPPORTED;
    }
    const struct ad_tier *tier = ad_tier_of(state->parameters.mode);
    if (tier == NULL) return AIRDELTA_UNSUPPORTED;
    if (tier->match_bits && state->ports.read_new == NULL) return AIRDELTA_BAD_ARGUMENT;
    if (state->memory_bytes < ad_fixed_bytes(tier)) return AIRDELTA_NO_MEMORY;
    ad_bind(state);
    ad_set_map_priors(state);
    ad_coder_begin(&state->coder);
    state->phase = AD_PHASE_COUNT;
    return AIRDELTA_BUSY;
}

static airdelta_status read_header(struct ad_state *state)
{
    struct ad_coder *coder = &state->coder;
    size_t length = ad_parse_header(&state->parameters, coder->input, coder->filled,
                                    state->sizes.base_bytes, state->sizes.new_bytes);
    if (length == 0) return coder->filled == 0 ? AIRDELTA_TRUNCATED : AIRDELTA_BAD_FORMAT;
    coder->position = (uint8_t)length;
    if (state->parameters.mode >= AD_MODE_TINY) return begin_tier(state);
    state->phase = state->parameters.mode == AD_MODE_STORED ? AD_PHASE_STORED : AD_PHASE_RUNS;
    return AIRDELTA_BUSY;
}

static void copy_byte(struct ad_state *state)
{
    ad_emit_byte(state, ad_coder_next_byte(&state->coder));
    state->position++;
}

static airdelta_status copy_stored_byte(struct ad_state *state)
{
    if (state->position == state->sizes.new_bytes) {
        state->phase = AD_PHASE_DONE;
        return AIRDELTA_BUSY;
    }
    copy_byte(state);
    return state->coder.tail_bytes ? AIRDELTA_TRUNCATED : AIRDELTA_BUSY;
}

/* Runs alternate: as in the base at the same offset, then replaced. Lengths have 7 bits a byte. */
static airdelta_status do_run(struct ad_state *state)
{
    if (state->position == state->sizes.new_bytes) {
        state->phase = AD_PHASE_DONE;
        return state->run_left ? AIRDELTA_BAD_FORMAT : AIRDELTA_BUSY;
    }
    if (state->run_left == 0) {
        state->run_is_copy ^= 1u;
        for (uint32_t shift = 0; shift < 35u; shift += 7u) {
            uint32_t byte = ad_coder_next_byte(&state->coder);
            state->run_left |= (byte & 127u) << shift;
            if (!(byte & 128u)) break;
            if (shift == 28u) return AIRDELTA_BAD_FORMAT;
        }
    } else if (state->run_is_copy) {
        if (state->position >= state->sizes.base_bytes) return AIRDELTA_BAD_FORMAT;
        ad_emit_byte(state, *ad_base_at(state, state->position++));
        state->run_left--;
    } else {
        copy_byte(state);
        state->run_left--;
    }
    return state->coder.tail_bytes ? AIRDELTA_TRUNCATED : AIRDELTA_BUSY;
}

/* Put the map where it fits: in memory behind the tables, or in scratch. */
static airdelta_status place_map(struct ad_state *state)
{
    uint32_t count = state->map.count;
    uint32_t needed =
        ad_fixed_bytes(ad_tier(state)) + count * (uint32_t)AD_SEGMENT_MEMORY_BYTES;
    if (needed <= state->memory_bytes) {
        state->map.segments = (struct ad_segment *)(void *)state; /* ad_bind() sets it right */
        ad_bind(state);
        return AIRDELTA_BUSY;
    }
    const struct airdelta_ports *ports = &state->ports;
    uint32_t scratch = airdelta_scratch_bytes(count);
    if (!ports->scratch_erase || !ports->scratch_program || !ports->scratch_read ||
        ports->scratch_bytes < scratch) {
        return AIRDELTA_NO_MEMORY;
    }
    return ports->scratch_erase(ports->context, scratch) ? AIRDELTA_PORT_FAILED : AIRDELTA_BUSY;
}

static airdelta_status read_count(struct ad_state *state)
{
    state->map.count = ad_code_segment_count(&state->coder, &state->counters, 0);
    if (state->map.count > AD_MAX_SEGMENTS || state->map.count > state->sizes.new_bytes) {
        return AIRDELTA_BAD_FORMAT;
    }
    state->phase = AD_PHASE_SEGMENTS;
    return place_map(state);
}

static airdelta_status read_segment(struct ad_state *state)
{
    if (state->map.ready == state->map.count) {
        state->map.ready = 0;
        state->phase = AD_PHASE_SORT;
        return AIRDELTA_BUSY;
    }
    if (!ad_code_segment(&state->map, &state->coder, &state->counters, &state->sizes, NULL)) {
        return AIRDELTA_BAD_FORMAT;
    }
    return state->map.failed ? AIRDELTA_PORT_FAILED : AIRDELTA_BUSY;
}

static airdelta_status sort_map(struct ad_state *state)
{
    if (state->map.ready == state->map.count) {
        ad_reset_model(state);
        state->phase = state->parameters.learns_base ? AD_PHASE_LEARN_BASE : AD_PHASE_IMAGE;
        return AIRDELTA_BUSY;
    }
    /* the counters are not in use now: their memory holds the keys */
    uint32_t capacity = ad_counters_of(ad_tier(state)) * (uint32_t)sizeof(uint16_t) /
                        (uint32_t)sizeof(struct ad_sort_key);
    ad_sort_some(&state->map, (struct ad_sort_key *)(void *)state->counters.probability, capacity);
    return state->map.failed ? AIRDELTA_PORT_FAILED : AIRDELTA_BUSY;
}

static airdelta_status learn_base(struct ad_state *state)
{
    if (state->position == state->sizes.base_bytes) {
        ad_learn_base_end(state);
        state->phase = AD_PHASE_IMAGE;
        return AIRDELTA_BUSY;
    }
    ad_learn_base_byte(state, *ad_base_at(state, state->position));
    return AIRDELTA_BUSY;
}

static airdelta_status read_image(struct ad_state *state)
{
    if (state->position == state->sizes.new_bytes) {
        state->phase = AD_PHASE_DONE;
        return AIRDELTA_BUSY;
    }
    ad_code_image_unit(state);
    return state->map.failed ? AIRDELTA_PORT_FAILED : AIRDELTA_BUSY;
}

static airdelta_status finish(struct ad_state *state)
{
    uint32_t tail = state->parameters.mode >= AD_MODE_TINY ? AD_TAIL_BYTES : 0;
    if (ad_coder_available(&state->coder) > 0 || !state->coder.is_complete ||
        state->coder.tail_bytes != tail) {
        return AIRDELTA_BAD_FORMAT; /* bytes behind the end */
    }
    ad_flush(state);
    return AIRDELTA_DONE;
}

static airdelta_status do_unit(struct ad_state *state)
{
    switch ((enum ad_phase)state->phase) {
    case AD_PHASE_HEADER: return read_header(state);
    case AD_PHASE_STORED: return copy_stored_byte(state);
    case AD_PHASE_RUNS: return do_run(state);
    case AD_PHASE_COUNT: return read_count(state);
    case AD_PHASE_SEGMENTS: return read_segment(state);
    case AD_PHASE_SORT: return sort_map(state);
    case AD_PHASE_LEARN_BASE: return learn_base(state);
    case AD_PHASE_IMAGE: return read_image(state);
    case AD_PHASE_DONE: return finish(state);
    }
    return AIRDELTA_BAD_ARGUMENT;
}

/* One unit, with the checks that hold for all of them. */
static airdelta_status checked_unit(struct ad_state *state)
{
    const struct ad_coder *coder = &state->coder;
    uint32_t before = coder->position;
    uint32_t is_header = state->phase == AD_PHASE_HEADER;
    airdelta_status status = do_unit(state);
    if (status < 0) return status;
    if (state->port_failed) return AIRDELTA_PORT_FAILED;
    if (coder->is_starved || (!is_header && coder->position - before > AD_UNIT_INPUT_BYTES)) {
        return AIRDELTA_BAD_FORMAT; /* no encoder spends that much on a unit */
    }
    if (coder->tail_bytes > AD_TAIL_BYTES) return AIRDELTA_TRUNCATED;
    return status;
}

airdelta_status airdelta_step(void *memory, uint32_t budget)
{
    struct ad_state *state = memory;
    if (memory == NULL || state->magic != STATE_MAGIC) return AIRDELTA_BAD_ARGUMENT;
    if (state->status <= 0) return (airdelta_status)state->status;
    ad_bind(state);
    airdelta_status status = AIRDELTA_BUSY;
    for (uint32_t units = 0; status == AIRDELTA_BUSY && units < budget; units++) {
        uint32_t wanted = state->phase == AD_PHASE_HEADER ? AD_INPUT_BYTES : AD_UNIT_INPUT_BYTES;
        if (state->phase == AD_PHASE_DONE) wanted = 1; /* what is there would be too much */
        if (!has_input(state, wanted)) {
            status = AIRDELTA_NEED_INPUT;
            break;
        }
        status = checked_unit(state);
        if (state->ports.watchdog && units % WATCHDOG_UNITS == 0) {
            state->ports.watchdog(state->ports.context);
        }
    }
    state->status = status;
    return status;
}
