/* Encoding: the decoder's own steps, with a coder that is told the bits, see encoder.h. */
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "image_coder.h"
#include "priors.h"
#include "state.h"
#include "trace.h"

struct source {
    const uint8_t *base;
    const uint8_t *new_;
};

static int read_base(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    memcpy(bytes, ((const struct source *)context)->base + offset, count);
    return 0;
}

static int read_new(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    memcpy(bytes, ((const struct source *)context)->new_ + offset, count);
    return 0;
}

static int write_new(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    (void)offset, (void)bytes, (void)count, (void)context;
    return 0;
}

/* The decoder refuses units that take more input than this, with what it looks ahead. */
static void note_unit(struct ad_state *state, size_t output_before)
{
    if (state->coder.output_bytes - output_before > AD_UNIT_INPUT_BYTES - 8u) {
        state->status = AIRDELTA_BAD_FORMAT;
    }
}

static void code_map(struct ad_state *state, const struct ad_segment *segments, uint32_t count,
                     struct ad_trace *trace)
{
    ad_set_map_priors(state);
    ad_coder_begin(&state->coder);
    if (trace) ad_trace_begin(trace, state);
    ad_code_segment_count(state, count);
    if (trace) ad_trace_count(trace, state);
    for (uint32_t i = 0; i < count; i++) {
        size_t before = state->coder.output_bytes;
        ad_code_segment(state, &segments[i]);
        note_unit(state, before);
        if (trace) ad_trace_segment(trace, state, i);
    }
}

/* How many of the bytes from `start` on, coded at last, are in a segment and not as predicted. */
static uint32_t count_unpredicted(const struct ad_state *state, uint32_t start)
{
    const struct ad_segment *segment = &state->segment;
    if (start - segment->new_start >= segment->length || state->history.clean_blocks > 0) return 0;
    uint32_t unpredicted = 0;
    for (uint32_t i = 0; i < state->position - start; i++) {
        unpredicted += state->history.misses >> i & 1u;
    }
    return unpredicted;
}

/* Returns how many bytes of segments are not as predicted. */
static uint32_t encode_image(struct ad_state *state, struct ad_trace *trace)
{
    uint32_t unpredicted = 0;
    state->map.ready = 0;
    while (state->map.ready < state->map.count) ad_sort_some(state);
    ad_reset_model(state);
    if (state->parameters.learns_base) {
        state->only_learns = 1;
        while (state->position < state->sizes.base_bytes) {
            ad_learn_base_byte(state);
            ad_flush_full(state);
        }
        ad_learn_base_end(state);
    }
    while (state->position < state->sizes.new_bytes) {
        size_t before = state->coder.output_bytes;
        uint32_t start = state->position;
        ad_code_image_unit(state);
        ad_flush_full(state);
        note_unit(state, before);
        if (trace) ad_trace_unit(trace, state, start);
        unpredicted += count_unpredicted(state, start);
    }
    ad_coder_finish(&state->coder);
    return unpredicted;
}

/* Everything that one encoding works on. */
struct job {
    struct source source;
    uint32_t base_bytes;
    uint32_t new_bytes;
    const uint8_t *header;
    size_t header_bytes;
    const struct ad_segment *segments;
    uint32_t segment_count;
    uint8_t *patch; /* NULL: only count */
    size_t capacity;
};

static struct ad_state *prepare(struct job *job)
{
    struct ad_parameters parameters = {0};
    if (!ad_parse_header(&parameters, job->header, job->header_bytes, job->base_bytes,
                         job->new_bytes) ||
        parameters.mode < AD_MODE_TINY || job->segment_count > AD_MAX_SEGMENTS) {
        return NULL;
    }
    size_t memory_bytes =
        ad_fixed_bytes(parameters.mode) + airdelta_scratch_bytes(job->segment_count);
    struct ad_state *state = calloc(memory_bytes, 1);
    if (!state) return NULL;
    state->ports = (struct airdelta_ports){.context = &job->source,
                                           .read_base = read_base,
                                           .read_new = read_new,
                                           .write_new = write_new};
    state->sizes = (struct airdelta_sizes){job->base_bytes, job->new_bytes, 0};
    state->parameters = parameters;
    state->map.count = job->segment_count;
    state->map_is_in_memory = 1;
    state->told_new = job->source.new_;
    ad_bind(state);
    state->coder.output = job->patch;
    state->coder.output_capacity = job->capacity;
    for (size_t i = 0; i < job->header_bytes && i < job->capacity; i++) {
        job->patch[i] = job->header[i];
    }
    state->coder.output_bytes = job->header_bytes;
    return state;
}

static uint32_t changed_bytes(const uint8_t *base, const uint8_t *new_,
                              const struct ad_segment *segments, uint32_t count)
{
    uint32_t changed = 0;
    for (const struct ad_segment *segment = segments; segment != segments + count; segment++) {
        const uint8_t *from = base + segment->base_start;
        const uint8_t *to = new_ + segment->new_start;
        for (uint32_t i = 0; i < segment->length; i++) changed += from[i] != to[i];
    }
    return changed;
}

int64_t ad_encode(const uint8_t *base, uint32_t base_bytes, const uint8_t *new_, uint32_t new_bytes,
                  const uint8_t *header, size_t header_bytes, const struct ad_segment *segments,
                  uint32_t segment_count, uint8_t *patch, size_t capacity, struct ad_work *work)
{
    struct job job = {{base, new_}, base_bytes,    new_bytes, header,  header_bytes,
                      segments,     segment_count, patch,     capacity};
    struct ad_state *state = prepare(&job);
    if (!state) return -1;
    code_map(state, segments, segment_count, NULL);
    work->unpredicted = encode_image(state, NULL);
    work->changed = changed_bytes(base, new_, segments, segment_count);
    int64_t size = state->status < 0 ? -2 : (int64_t)state->coder.output_bytes;
    work->mixed_inputs = state->coder.mixed_inputs;
    work->decisions = state->coder.decisions;
    free(state);
    return size;
}

int64_t ad_encode_traced(const uint8_t *base, uint32_t base_bytes, const uint8_t *new_,
                         uint32_t new_bytes, const uint8_t *header, size_t header_bytes,
                         const struct ad_segment *segments, uint32_t segment_count,
                         struct ad_trace *trace)
{
    struct job job = {{base, new_}, base_bytes,    new_bytes, header, header_bytes,
                      segments,     segment_count, NULL,      0};
    struct ad_state *state = prepare(&job);
    if (!state) return -1;
    code_map(state, segments, segment_count, trace);
    encode_image(state, trace);
    int64_t size = (int64_t)state->coder.output_bytes;
    free(state);
    return size;
}

uint32_t ad_tier_table_bytes(uint32_t mode)
{
    return ad_fixed_bytes(mode) - ad_round_up(sizeof(struct ad_state));
}

static uint32_t trained_counters(const struct ad_tier *tier, uint32_t *slots)
{
    const uint8_t *groups[] = {tier->clean_bits, tier->hit_bits, NULL, tier->literal_bits};
    const uint32_t contexts[] = {AD_CLEAN_CONTEXTS, AD_HIT_CONTEXTS, 1, AD_LITERAL_CONTEXTS};
    uint32_t count = 0;
    uint32_t slot = 0;
    for (uint32_t group = 0; group < 4; group++) {
        for (uint32_t i = 0; i < contexts[group]; i++) {
            uint32_t bits = groups[group] ? groups[group][i] : 6u; /* AD_RAW_SLOTS */
            if (bits == 0) continue;
            for (uint32_t k = 0; k < 1u << bits && bits <= AD_MAX_TRAINED_BITS; k++) {
                if (slots) slots[count] = slot + k;
                count++;
            }
            slot += 1u << bits;
        }
    }
    return count;
}

void ad_adapted_sizes(uint32_t mode, uint32_t *sizes)
{
    const struct ad_tier *tier = ad_tier_of(mode);
    sizes[0] = trained_counters(tier, NULL);
    sizes[1] = ad_weights_of(tier);
    sizes[2] = AD_MAP_SLOTS;
}

static void export_counters(const struct ad_state *state, const struct ad_adapted *adapted)
{
    uint32_t count = trained_counters(state->tier, NULL);
    uint32_t *slots = malloc(count * sizeof *slots);
    if (!slots) return;
    trained_counters(state->tier, slots);
    for (uint32_t i = 0; i < count; i++) {
        adapted->probability[i] = state->pool.probability[slots[i]];
        adapted->observations[i] = state->observations[slots[i]];
    }
    free(slots);
    memcpy(adapted->weights, state->weights, ad_weights_of(state->tier) * sizeof(int16_t));
}

int64_t ad_encode_adapted(const uint8_t *base, uint32_t base_bytes, const uint8_t *new_,
                          uint32_t new_bytes, const uint8_t *header, size_t header_bytes,
                          const struct ad_segment *segments, uint32_t segment_count,
                          const struct ad_adapted *adapted)
{
    struct job job = {{base, new_}, base_bytes,    new_bytes, header, header_bytes,
                      segments,     segment_count, NULL,      0};
    struct ad_state *state = prepare(&job);
    if (!state) return -1;
    code_map(state, segments, segment_count, NULL);
    memcpy(adapted->map_probability, state->pool.probability, AD_MAP_SLOTS * sizeof(uint16_t));
    memcpy(adapted->map_observations, state->observations, AD_MAP_SLOTS);
    encode_image(state, NULL);
    export_counters(state, adapted);
    int64_t size = (int64_t)state->coder.output_bytes;
    free(state);
    return size;
}
