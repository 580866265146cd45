/*
 * Starting values of counters and weights, trained on firmware and frozen with the format.
 *
 * A counter's value is one byte: log-odds in steps of 96/256 bit, plus 32, in the upper six bits;
 * how far it is trusted in the lower two. A weight is one signed byte in steps of 1/32.
 */
#ifndef AIRDELTA_PRIORS_H
#define AIRDELTA_PRIORS_H

#include "state.h"

#define AD_PRIOR_STEP 96
#define AD_PRIOR_WEIGHT_STEP 256

struct ad_priors {
    const uint8_t *counters; /* of all tables up to AD_MAX_TRAINED_BITS, one after the other */
    const int8_t *weights;
};

/* The frozen values of mode AD_MODE_TINY and so on, in priors_<tier>.c. */
extern const struct ad_priors ad_priors_tiny;
extern const struct ad_priors ad_priors_standard;
extern const struct ad_priors ad_priors_large;

/* The frozen values of the segment map's integers, AD_MAP_SLOTS of them. */
extern const uint8_t ad_priors_map[];

/* Set all counters and weights of the state's tier. */
void ad_set_priors(struct ad_state *state);

/* Set the counters of the segment map, which come first and share their place with the others. */
void ad_set_map_priors(struct ad_state *state);

#endif
