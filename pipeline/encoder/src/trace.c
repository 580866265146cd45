/* Costs of bytes and segments, see trace.h. */
#include "trace.h"

#include <math.h>

#include "state.h"

static double spent(const struct ad_state *state)
{
    const struct ad_coder *coder = &state->coder;
    double left = (double)(coder->high - coder->low) + 1.0;
    return 8.0 * (double)coder->output_bytes + 32.0 - log2(left);
}

/* What was spent since the last call. */
static double lap(struct ad_trace *trace, const struct ad_state *state)
{
    double before = trace->spent_bits;
    trace->spent_bits = spent(state);
    return trace->spent_bits - before;
}

void ad_trace_begin(struct ad_trace *trace, const struct ad_state *state)
{
    trace->spent_bits = spent(state);
}

void ad_trace_count(struct ad_trace *trace, const struct ad_state *state)
{
    trace->count_bits = lap(trace, state);
}

void ad_trace_segment(struct ad_trace *trace, const struct ad_state *state, uint32_t index)
{
    trace->segment_bits[index] = (float)lap(trace, state);
}

static uint8_t kind_of(const struct ad_state *state, uint32_t start)
{
    const struct ad_segment *segment = &state->segment;
    if (start - segment->new_start >= segment->length) return AD_TRACED_INSERTED;
    if (state->history.clean_blocks > 0) return AD_TRACED_CLEAN;
    uint32_t missed = state->history.misses & 1u ? AD_TRACED_MISSED : 0u;
    return (uint8_t)(state->walk.piece.field.kind | missed);
}

void ad_trace_unit(struct ad_trace *trace, const struct ad_state *state, uint32_t start,
                   uint32_t block_end)
{
    uint32_t length = state->position - start;
    float bits = (float)(lap(trace, state) / (double)length);
    uint8_t kind = kind_of(state, start);
    for (uint32_t at = start; at < state->position; at++) {
        trace->byte_bits[at] = bits;
        trace->byte_kinds[at] = kind;
    }
    if (kind != AD_TRACED_INSERTED && (start == block_end || start == state->segment.new_start)) {
        trace->byte_kinds[start] |= AD_TRACED_BLOCK_START;
    }
}
