/*
 * The tiers: how many counters each context gets, and which contexts are left out (0 bits).
 * Part of the format: a change here is a new format version.
 *
 * All counters are in one pool: the tables of the clean flags, of the hits, one small table for the
 * flags "the base's own byte then", the tables of the literals. Weights follow the same order.
 */
#ifndef AIRDELTA_TIERS_H
#define AIRDELTA_TIERS_H

#include <stdint.h>

#include "fixed_point.h"
#include "parameters.h"

/* Tables of the tiny tier, as the sums below come out. */
#define AD_TINY_COUNTERS 1664u
#define AD_TINY_WEIGHTS 292u
#define AD_TINY_MOVED_BITS 5u
#define AD_TINY_SHIFT_STEPS 32u

/* Contexts that the largest decision may have. */
#ifdef AIRDELTA_TINY_ONLY
#define AD_MAX_INPUTS 4u
#else
#define AD_MAX_INPUTS 12u
#endif

#define AD_CLEAN_CONTEXTS 3u
#define AD_HIT_CONTEXTS 8u
#define AD_LITERAL_CONTEXTS 10u

/* Sets of mixing weights. */
#define AD_CLEAN_SETS 4u
#define AD_HIT_SETS 24u
#define AD_LITERAL_SETS 32u

/* Counters of the flags "the base's own byte then": field kind and position. */
#define AD_RAW_SLOTS 64u

/* Tables larger than this have no trained starting values. */
#define AD_MAX_TRAINED_BITS 12u

struct ad_tier {
    uint8_t clean_bits[AD_CLEAN_CONTEXTS];
    uint8_t hit_bits[AD_HIT_CONTEXTS];
    uint8_t literal_bits[AD_LITERAL_CONTEXTS];
    uint8_t moved_bits;   /* remembered targets: 2^bits */
    uint16_t shift_steps; /* remembered steps of the variables' shift */
    uint8_t match_bits;   /* table of the match model: 2^bits; 0: none */
    uint8_t learning_shift; /* weights move by 2^-shift of what they contribute to the error */
    /* contexts that are not left out */
    uint8_t clean_inputs;
    uint8_t hit_inputs;
    uint8_t literal_inputs;
    /* counters of each group of tables */
    uint32_t clean_counters;
    uint32_t hit_counters;
    uint32_t literal_counters;
};

static const struct ad_tier ad_tier_tiny = {
    .clean_bits = {7, 6, 0},
    .hit_bits = {8, 7, 0, 7, 7, 0, 0, 0},
    .literal_bits = {8, 8, 0, 0, 0, 0, 0, 7, 7, 0},
    .moved_bits = AD_TINY_MOVED_BITS,
    .shift_steps = AD_TINY_SHIFT_STEPS,
    .learning_shift = 17,
    .clean_inputs = 2,
    .hit_inputs = 4,
    .literal_inputs = 4,
    .clean_counters = (1u << 7) + (1u << 6),
    .hit_counters = (1u << 8) + 3u * (1u << 7),
    .literal_counters = 2u * (1u << 8) + 2u * (1u << 7),
};

/* The tier of mode AD_MODE_TINY, AD_MODE_STANDARD or AD_MODE_LARGE; NULL if it is not built in. */
const struct ad_tier *ad_tier_of(uint32_t mode);

/* Whether the tier of a mode is built in. */
static inline int ad_has_tier(uint32_t mode)
{
#ifdef AIRDELTA_TINY_ONLY
    return mode == AD_MODE_TINY; /* its numbers are constants, which need no place in memory */
#else
    return ad_tier_of(mode) != 0;
#endif
}

AD_INLINE uint32_t ad_first_hit(const struct ad_tier *tier)
{
    return tier->clean_counters;
}

AD_INLINE uint32_t ad_first_raw(const struct ad_tier *tier)
{
    return ad_first_hit(tier) + tier->hit_counters;
}

AD_INLINE uint32_t ad_first_literal(const struct ad_tier *tier)
{
    return ad_first_raw(tier) + AD_RAW_SLOTS;
}

/* Counters of all tables. */
AD_INLINE uint32_t ad_counters_of(const struct ad_tier *tier)
{
    return ad_first_literal(tier) + tier->literal_counters;
}

AD_INLINE uint32_t ad_first_hit_weight(const struct ad_tier *tier)
{
    return AD_CLEAN_SETS * (tier->clean_inputs + 1u);
}

AD_INLINE uint32_t ad_first_literal_weight(const struct ad_tier *tier)
{
    return ad_first_hit_weight(tier) + AD_HIT_SETS * (tier->hit_inputs + 1u);
}

/* Weights of all sets. */
AD_INLINE uint32_t ad_weights_of(const struct ad_tier *tier)
{
    return ad_first_literal_weight(tier) + AD_LITERAL_SETS * (tier->literal_inputs + 1u);
}

#endif
