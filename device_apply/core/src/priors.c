/* Setting of starting values, see priors.h. */
#include "priors.h"

#include "fixed_point.h"

/* Where a table without trained values starts: clean flags and hits are mostly 1. */
#define LIKELY 60000u
#define EVEN_ODDS 32768u

/* Observations that the two bits of trust stand for. */
static const uint8_t trust_observations[4] = {0, 2, 6, 15};

static void set_trained(const struct ad_counters *counters, uint32_t slot, const uint8_t *values,
                        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        int32_t steps = (int32_t)(values[i] >> 2) - 32;
        counters->probability[slot + i] = (uint16_t)ad_squash(steps * AD_PRIOR_STEP);
        counters->observations[slot + i] = trust_observations[values[i] & 3u];
    }
}

/* Set one table at `slot`; returns the trained values behind its own. */
static const uint8_t *set_table(const struct ad_counters *counters, uint32_t slot, uint32_t bits,
                                uint32_t neutral, const uint8_t *values)
{
    uint32_t count = 1u << bits;
    if (bits <= AD_MAX_TRAINED_BITS) {
        set_trained(counters, slot, values, count);
        return values + count;
    }
    for (uint32_t i = slot; i < slot + count; i++) {
        counters->probability[i] = (uint16_t)neutral;
        counters->observations[i] = 0;
    }
    return values;
}

static const uint8_t *set_tables(const struct ad_counters *counters, uint32_t slot,
                                 const uint8_t *bits, uint32_t contexts, uint32_t neutral,
                                 const uint8_t *values)
{
    for (uint32_t i = 0; i < contexts; i++) {
        if (bits[i] == 0) continue;
        values = set_table(counters, slot, bits[i], neutral, values);
        slot += 1u << bits[i];
    }
    return values;
}

static const struct ad_priors *priors_of(uint32_t mode)
{
#ifndef AIRDELTA_TINY_ONLY
    if (mode == AD_MODE_LARGE) return &ad_priors_large;
    if (mode == AD_MODE_STANDARD) return &ad_priors_standard;
#else
    (void)mode;
#endif
    return &ad_priors_tiny;
}

void ad_set_priors(struct ad_state *state)
{
    const struct ad_tier *tier = ad_tier(state);
    const struct ad_counters *counters = &state->counters;
    const struct ad_priors *priors = priors_of(state->parameters.mode);
    const uint8_t *values = priors->counters;
    values = set_tables(counters, 0, tier->clean_bits, AD_CLEAN_CONTEXTS, LIKELY, values);
    values = set_tables(counters, ad_first_hit(tier), tier->hit_bits, AD_HIT_CONTEXTS, LIKELY,
                        values);
    set_trained(counters, ad_first_raw(tier), values, AD_RAW_SLOTS);
    values += AD_RAW_SLOTS;
    set_tables(counters, ad_first_literal(tier), tier->literal_bits, AD_LITERAL_CONTEXTS,
               EVEN_ODDS, values);
    for (uint32_t i = 0; i < ad_weights_of(tier); i++) {
        state->weights[i] = (int16_t)(priors->weights[i] * AD_PRIOR_WEIGHT_STEP);
    }
}

void ad_set_map_priors(struct ad_state *state)
{
    set_trained(&state->counters, 0, ad_priors_map, AD_MAP_SLOTS);
}
