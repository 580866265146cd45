/*
 * Adaptive probabilities: counters, and decisions that mix several of them.
 *
 * A counter is a 16-bit probability and the number of observations behind it, which sets how fast
 * it adapts. A decision reads one counter per context, adds their stretches with weights that are
 * learned, codes the bit with the squashed sum, and teaches counters and weights.
 */
#ifndef AIRDELTA_MODEL_H
#define AIRDELTA_MODEL_H

#include <stdint.h>

#include "state.h"

/* A counter that takes part in a decision. */
struct ad_input {
    uint32_t slot;
    int32_t stretched; /* what it says; set by ad_code_mixed() */
};

/* What one bit is coded with. */
struct ad_decision {
    struct ad_input *end; /* behind the last input */
    uint32_t weights;     /* the first of its weights: one per input, then one for the constant */
    struct ad_input inputs[AD_MAX_INPUTS];
};

/* Code one bit with a single counter. */
uint32_t ad_code_counted(struct ad_state *state, uint32_t slot, uint32_t told);

/* Code one bit with a mix of at least one counter. */
uint32_t ad_code_mixed(struct ad_state *state, struct ad_decision *decision, uint32_t told);

/* Which of 2^bits slots the context `key` has. */
static inline uint32_t ad_slot(uint32_t key, uint32_t bits)
{
    return (key * 0x9E3779B1u) >> (32u - bits);
}

/* Mix the bits of a key whose differences are not in its low bits. */
static inline uint32_t ad_scramble(uint32_t key)
{
    key *= 0x2C1B3C6Du;
    return key ^ key >> 15;
}

#endif
