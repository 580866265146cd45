/*
 * The state of a decoder: one structure at the start of the caller's memory, the tables behind it.
 * Pointers into the memory are set anew by ad_bind() at every call, so the memory may be moved.
 */
#ifndef AIRDELTA_STATE_H
#define AIRDELTA_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "airdelta.h"
#include "coder.h"
#include "fixed_point.h"
#include "learning.h"
#include "model.h"
#include "parameters.h"
#include "segment_map.h"
#include "tiers.h"

enum ad_phase {
    AD_PHASE_HEADER,
    AD_PHASE_STORED,
    AD_PHASE_RUNS,
    AD_PHASE_COUNT,
    AD_PHASE_SEGMENTS,
    AD_PHASE_SORT,
    AD_PHASE_LEARN_BASE,
    AD_PHASE_IMAGE,
    AD_PHASE_DONE
};

#define AD_MAX_BLOCK_BYTES 64u
#define AD_MAX_FIELD_BYTES 8u
/* Pieces that are taken over as they are have at most this many bytes. */
#define AD_PLAIN_MARGIN 4u
#define AD_OUTPUT_BYTES 64u
/* The part of the base image around the current position, with what relocation looks at. */
#define AD_WINDOW_BYTES 224u

/* How a field's new target was found: numbers of the format. */
enum ad_certainty {
    AD_CERTAIN = 0, /* the segment map has it */
    AD_NEARBY = 1,  /* the nearest segment's shift */
    AD_LEARNED = 2, /* an earlier correction */
    AD_OUTSIDE = 3  /* not in the image */
};

/* One predicted piece of a segment: a field, or bytes that are taken over as they are. */
struct ad_piece {
    uint32_t start;       /* in the new image */
    uint32_t new_address;
    uint32_t new_target;
    struct ad_instruction field; /* its target is that of the base image */
    uint8_t length;
    uint8_t certainty;    /* enum ad_certainty */
    uint8_t is_changed;   /* whether the prediction differs from the base */
    uint8_t is_variable;  /* whether the target is an address of a variable */
    uint8_t is_missed;    /* whether `actual` differs from `predicted` so far */
    uint8_t predicted[AD_MAX_FIELD_BYTES];
    uint8_t actual[AD_MAX_FIELD_BYTES];
};

/* Where the walk over a segment is; small, so that a block can be walked twice. */
struct ad_walk {
    uint32_t next_instruction; /* base offset */
    struct ad_piece piece;
};

struct ad_window {
    uint32_t start; /* base offset of bytes[0]; may be "negative" */
    uint32_t reach; /* offsets from `start` whose surroundings are in `bytes`; 0: nothing is */
    uint8_t bytes[AD_WINDOW_BYTES];
};

/* What the contexts of the image coder are made of. */
struct ad_history {
    uint32_t last_bytes;    /* of the new image, the latest in the low byte */
    uint32_t misses;        /* one bit per byte in segments: missed */
    uint32_t literal_run;   /* one bit per byte in dirty blocks: 1 miss */
    uint32_t run;           /* hits since the last miss */
    uint32_t blocks;        /* one bit per block: 1 dirty */
    uint32_t clean_blocks;  /* since the last dirty one */
    uint8_t kind_misses[AD_FIELD_KINDS]; /* per field kind: last fields, 1 bit each */
    int32_t last_difference;
};

/* Finds the longest recent context in base and new image (large tier). */
struct ad_match {
    uint32_t *table;    /* hash of 4 bytes -> position behind them; 0 is none */
    uint32_t position;  /* of the predicted byte, in base followed by new; 0 is none */
    uint32_t length;    /* bytes that agreed so far, at most 63 */
    uint32_t cached_at;
    uint8_t cache[16];
    uint8_t cached;
};

/* What every byte needs comes first: instructions reach it with short offsets. */
struct ad_state {
    uint32_t magic;
    uint8_t phase;        /* enum ad_phase */
    uint8_t output_bytes; /* waiting in `output` */
    uint8_t port_failed;
    uint8_t block_missed; /* whether the current dirty block had its first miss */
    uint8_t field_is_raw; /* the field keeps the base's bytes after a first one did */
    uint8_t run_is_copy;
    uint32_t position;    /* next byte of the new image */
    uint32_t block_end;   /* of the current dirty block */
    struct ad_segment segment;
    uint32_t segment_index; /* current or next segment */
    struct ad_history history;
    struct ad_counters counters;
    int16_t *weights;
    struct ad_walk walk;
    struct ad_parameters parameters;
    const struct ad_tier *tier;
    struct ad_coder coder;

    struct airdelta_ports ports;
    struct airdelta_sizes sizes;
    uint32_t memory_bytes;
    uint32_t input_bytes; /* patch bytes taken so far */
    uint32_t written_bytes;
    uint32_t run_left;
    int32_t status;       /* enum airdelta_status of the last step */

    struct ad_segment_map map;
    struct ad_learned learned;
    struct ad_match match;
    struct ad_window window;
    uint8_t block[AD_MAX_BLOCK_BYTES + AD_PLAIN_MARGIN];
    uint8_t output[AD_OUTPUT_BYTES];
#ifdef AIRDELTA_ENCODER
    const uint8_t *told_new;   /* the new image */
    const struct ad_segment *told_segments;
    uint32_t told_segment_count;
#endif
};

/* The tier of the patch. */
static inline const struct ad_tier *ad_tier(const struct ad_state *state)
{
#ifdef AIRDELTA_TINY_ONLY
    (void)state;
    return &ad_tier_tiny;
#else
    return state->tier;
#endif
}

/* To whole words. */
static inline uint32_t ad_round_up(size_t bytes)
{
    return (uint32_t)((bytes + 3u) & ~(size_t)3u);
}

/* Bytes that the structure and a tier's tables take. */
AD_INLINE uint32_t ad_fixed_bytes(const struct ad_tier *tier)
{
    uint32_t counters = ad_counters_of(tier);
    return ad_round_up(sizeof(struct ad_state)) + ad_round_up(counters * sizeof(uint16_t)) +
           ad_round_up(counters) + ad_round_up(ad_weights_of(tier) * sizeof(int16_t)) +
           ad_round_up(sizeof(struct ad_moved_target) << tier->moved_bits) +
           ad_round_up(tier->shift_steps * sizeof(struct ad_shift_step)) +
           (tier->match_bits ? ad_round_up(sizeof(uint32_t) << tier->match_bits) : 0u);
}

/* Set every pointer into the memory. */
void ad_bind(struct ad_state *state);

/* Set counters and weights to their starting values. */
void ad_reset_model(struct ad_state *state);

/* Make the window start at a base offset; may be "negative". */
void ad_move_window(struct ad_state *state, uint32_t start);

/* The byte at a base offset; AD_LOOK_BEHIND bytes before and AD_LOOK_AHEAD from it can be read. */
AD_INLINE const uint8_t *ad_base_at(struct ad_state *state, uint32_t offset)
{
    uint32_t first = offset - AD_LOOK_BEHIND;
    if (first - state->window.start >= state->window.reach) ad_move_window(state, first);
    return state->window.bytes + (offset - state->window.start);
}

/* Append a byte to the new image. */
void ad_emit_byte(struct ad_state *state, uint8_t byte);

/* Append bytes to the new image. */
void ad_emit(struct ad_state *state, const uint8_t *bytes, uint32_t count);

/* Hand the bytes of `output` to the port. */
void ad_flush(struct ad_state *state);

#endif
