/*
 * What every part of a patch costs, for people: bits by byte of the new image and by segment.
 *
 * The arithmetic coder itself is asked: a decision of probability p leaves it p of its interval, so
 * what it has spent is 8 bits for each byte that it has put out and -log2 of what it has left. Costs
 * therefore add up to the size of the patch exactly, but for the last byte.
 */
#ifndef AIRDELTA_TRACE_H
#define AIRDELTA_TRACE_H

#include <stdint.h>

struct ad_state;

/* What became of a byte of the new image; the low four bits are its enum ad_field_kind. */
enum ad_traced {
    AD_TRACED_MISSED = 16,     /* in a segment, not as predicted */
    AD_TRACED_INSERTED = 32,   /* in no segment */
    AD_TRACED_CLEAN = 64,      /* in a block without misses, which was coded as a whole */
    AD_TRACED_BLOCK_START = 128
};

/* Arrays of the caller's: one entry per byte of the new image, and one per segment. */
struct ad_trace {
    float *byte_bits;
    uint8_t *byte_kinds;
    float *segment_bits;
    double count_bits; /* the number of segments */
    double spent_bits; /* so far, header included */
    uint32_t is_block_start; /* whether the next piece is the first of a dirty block */
};

/* The coder has begun. */
void ad_trace_begin(struct ad_trace *trace, const struct ad_state *state);

/* The number of segments was coded, then segment number `index`. */
void ad_trace_count(struct ad_trace *trace, const struct ad_state *state);
void ad_trace_segment(struct ad_trace *trace, const struct ad_state *state, uint32_t index);

/* A unit of the image was coded: the bytes from `start` on. */
void ad_trace_unit(struct ad_trace *trace, const struct ad_state *state, uint32_t start);

#endif
