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
};

/* Where things are in the pool of counters and in the weights. */
struct ad_places {
    uint32_t first_hit;
    uint32_t first_raw;
    uint32_t first_literal;
    uint32_t counters;
    uint32_t clean_inputs;
    uint32_t hit_inputs;
    uint32_t literal_inputs;
    uint32_t first_hit_weight;
    uint32_t first_literal_weight;
    uint32_t weights;
};

/* The tier of mode AD_MODE_TINY, AD_MODE_STANDARD or AD_MODE_LARGE; NULL if it is not built in. */
const struct ad_tier *ad_tier_of(uint32_t mode);

/* Compute the places of a tier. */
struct ad_places ad_places_of(const struct ad_tier *tier);

#endif
