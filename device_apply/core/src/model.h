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

#include "coder.h"

#define AD_MAX_INPUTS 12u

/* Weight 1.0. */
#define AD_WEIGHT_ONE 8192

/* All counters of a decoder, in one pool; tables are ranges of it. */
struct ad_counters {
    uint16_t *probability;
    uint8_t *observations;
};

/* A counter that takes part in a decision. */
struct ad_input {
    uint32_t slot;
    int32_t stretched; /* what it says; set by ad_code_mixed() */
};

/* What one bit is coded with. `weights` has one entry per input and one for the constant. */
struct ad_decision {
    uint32_t count;
    struct ad_input inputs[AD_MAX_INPUTS];
    int16_t *weights;
    uint8_t observation_limit; /* at most 63: the counters adapt at least this fast */
    uint8_t learning_shift;    /* the weights learn with 2^-shift */
};

/* Code one bit with a single counter. */
uint32_t ad_code_counted(struct ad_coder *coder, const struct ad_counters *counters, uint32_t slot,
                         uint32_t observation_limit, uint32_t told);

/* Code one bit with a mix of counters; without a coder, only learn that the bit is `told`. */
uint32_t ad_code_mixed(struct ad_coder *coder, const struct ad_counters *counters,
                       struct ad_decision *decision, uint32_t told);

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
