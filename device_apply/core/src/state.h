/*
 * The state of a decoder: one structure at the start of the caller's memory. The tables follow in
 * it if the library has one tier, or else behind it, by pointers that ad_bind() sets anew at every
 * call, so that the memory may be moved.
 */
#ifndef AIRDELTA_STATE_H
#define AIRDELTA_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "airdelta.h"
#include "coder.h"
#include "fixed_point.h"
#include "learning.h"
#include "parameters.h"
#include "segment_map.h"
#include "tiers.h"

enum ad_phase {
    AD_PHASE_HEADER,
    AD_PHASE_RUNS,
    AD_PHASE_SEGMENTS,
    AD_PHASE_SORT,
    AD_PHASE_LEARN_BASE,
    AD_PHASE_IMAGE,
    AD_PHASE_DONE
};

/* A clean flag speaks for so many bytes, up to the end of a piece. */
#define AD_BLOCK_BYTES 64u
/* Fields, and instructions that are none, have at most this many bytes. */
#define AD_MAX_PIECE_BYTES 4u
/* The new image is handed over in pieces of this size, at multiples of it. */
#define AD_OUTPUT_BYTES 64u
/* So many of the last bytes are contexts. */
#define AD_REMEMBERED_BYTES 4u
/* The part of the base image around the current position, with what relocation looks at. */
#define AD_WINDOW_BYTES 224u

struct ad_window {
    uint32_t start; /* base offset of bytes[0]; may be "negative" */
    uint32_t reach; /* offsets from `start` whose surroundings are in `bytes`; 0: nothing is */
    uint8_t bytes[AD_WINDOW_BYTES];
};

/* What the contexts of the image coder are made of. */
struct ad_history {
    uint32_t misses;        /* one bit per byte in segments: missed */
    uint32_t run;           /* hits since the last miss */
    uint32_t blocks;        /* one bit per block: 1 dirty */
    uint32_t clean_blocks;  /* since the last dirty one */
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

#ifdef AIRDELTA_TINY_ONLY
#define AD_TABLE(type, name, length) type name[length]
#else
#define AD_TABLE(type, name, length) type *name
#endif

/* Probabilities of all counters; while the map is sorted, none are in use. */
#ifdef AIRDELTA_TINY_ONLY
union ad_pool {
    uint16_t probability[AD_TINY_COUNTERS];
    struct ad_sort_key sort_keys[AD_TINY_COUNTERS / 4u];
};
#else
union ad_pool {
    uint16_t *probability;
    struct ad_sort_key *sort_keys;
};
#endif

/* What every byte needs comes first: instructions reach it with short offsets. */
struct ad_state {
    struct ad_segment segment;
    uint32_t segments_taken; /* of the map, in the order of the new image */
    uint32_t position;       /* next byte of the new image */
    uint32_t block_end;      /* of the current dirty block */
    struct ad_history history;
    struct ad_parameters parameters;
    uint32_t written_bytes;
    uint8_t block_missed; /* whether the current dirty block had its first miss */
    uint8_t phase;        /* enum ad_phase */
    int8_t status;        /* enum airdelta_status */
    uint8_t run_is_copy;
    uint8_t only_learns;  /* whether decisions are told, not decoded */
    uint8_t map_is_in_memory;
    uint32_t run_left;
    uint32_t input_bytes; /* fed so far */
    uint32_t memory_bytes;
    uint32_t magic;
    struct airdelta_sizes sizes;
    struct airdelta_ports ports;
    struct ad_window window;
    struct ad_segment_map map;
    struct ad_coder coder;
    /* the remembered bytes, those that wait to be written, and room for a block */
    uint8_t output[AD_REMEMBERED_BYTES + AD_OUTPUT_BYTES + AD_BLOCK_BYTES +
                   2u * AD_MAX_PIECE_BYTES];
    uint32_t steps_count;
    struct ad_half_target halves[AD_HALVES];
#ifndef AIRDELTA_TINY_ONLY
    const struct ad_tier *tier;
    struct ad_match match;
#endif
#ifdef AIRDELTA_ENCODER
    const uint8_t *told_new; /* the new image */
    uint32_t told_kind;      /* of the last piece, for people */
#endif
    AD_TABLE(struct ad_moved_target, moved, 1u << AD_TINY_MOVED_BITS); /* by hash */
    AD_TABLE(struct ad_shift_step, steps, AD_TINY_SHIFT_STEPS); /* ascending by base_target */
    AD_TABLE(int16_t, weights, AD_TINY_WEIGHTS);
    AD_TABLE(uint8_t, observations, AD_TINY_COUNTERS); /* of the counters */
    union ad_pool pool;
};

/* What every mode needs; tables are used by those with a model alone. */
#ifdef AIRDELTA_TINY_ONLY
#define AD_STATE_BYTES offsetof(struct ad_state, moved)
#else
#define AD_STATE_BYTES sizeof(struct ad_state)
#endif

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

/* Whether decisions only learn what they are told: while the large tier learns the base image. */
static inline uint32_t ad_only_learns(const struct ad_state *state)
{
#ifdef AIRDELTA_TINY_ONLY
    (void)state;
    return 0;
#else
    return state->only_learns;
#endif
}

/* To whole words. */
static inline uint32_t ad_round_up(size_t bytes)
{
    return (uint32_t)((bytes + 3u) & ~(size_t)3u);
}

/* Bytes that the structure and the tables of a mode's tier take. */
#ifdef AIRDELTA_TINY_ONLY
#define ad_fixed_bytes(mode) ((uint32_t)sizeof(struct ad_state))
#else
uint32_t ad_fixed_bytes(uint32_t mode);
#endif

/* Set every pointer into the memory. */
void ad_bind(struct ad_state *state);

/* Set counters and weights to their starting values. */
void ad_reset_model(struct ad_state *state);

/*
 * The byte at a base offset. A block can be read from it, with AD_LOOK_BEHIND bytes before and
 * AD_LOOK_AHEAD bytes from each of its pieces.
 */
const uint8_t *ad_base_at(struct ad_state *state, uint32_t offset);

/* Where the next byte of the new image goes; before it are the AD_REMEMBERED_BYTES last ones. */
uint8_t *ad_next_output(struct ad_state *state);

/* Hand the `count` first bytes that wait to the port. */
void ad_flush(struct ad_state *state, uint32_t count);

/* Hand over what fills whole pieces. */
static inline void ad_flush_full(struct ad_state *state)
{
    uint32_t waiting = state->position - state->written_bytes;
    if (waiting >= AD_OUTPUT_BYTES) ad_flush(state, waiting & ~(AD_OUTPUT_BYTES - 1u));
}

#endif
