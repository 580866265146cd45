/* Costs of bytes and segments, see trace.h. */
#include "trace.h"

#include <math.h>

#include "state.h"

static double spent(const struct ad_state *state)
{
    const struct ad_coder *coder = &state->coder;
    return 8.0 * (double)coder->output_bytes + 32.0 - log2((double)coder->range);
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

/* The kind of the byte that is `back` bytes before the present position, of a unit from `start`. */
static uint8_t kind_of(const struct ad_state *state, uint32_t start, uint32_t back)
{
    const struct ad_segment *segment = &state->segment;
    if (start - segment->new_start >= segment->length) return AD_TRACED_INSERTED;
    if (state->history.clean_blocks > 0) return AD_TRACED_CLEAN;
    uint32_t missed = state->history.misses >> back & 1u ? AD_TRACED_MISSED : 0u;
    return (uint8_t)(state->told_kind | missed);
}

void ad_trace_unit(struct ad_trace *trace, const struct ad_state *state, uint32_t start)
{
    uint32_t length = state->position - start;
    if (length == 0) { /* a dirty flag: paid for by the first piece */
        trace->is_block_start = 1;
        return;
    }
    float bits = (float)(lap(trace, state) / (double)length);
    for (uint32_t at = start; at < state->position; at++) {
        trace->byte_bits[at] = bits;
        trace->byte_kinds[at] = kind_of(state, start, state->position - 1u - at);
    }
    if (trace->is_block_start || trace->byte_kinds[start] & AD_TRACED_CLEAN) {
        trace->byte_kinds[start] |= AD_TRACED_BLOCK_START;
    }
    trace->is_block_start = 0;
}
