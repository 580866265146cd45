/* Setting of starting values, see priors.h. */
#include "priors.h"

#include "fixed_point.h"

/* Where a table without trained values starts: clean flags and hits are mostly 1. */
#define LIKELY 60000u
#define EVEN_ODDS 32768u

/* What the lower two bits of a counter's byte stand for: 0, 2, 6 or 15, a digit each. */
#define TRUST_OBSERVATIONS 0xF620u

/* Set the counters from `slot` on. */
static void set_trained(struct ad_state *state, uint32_t slot, const uint8_t *values,
                        uint32_t count)
{
    while (count-- > 0) {
        int32_t steps = (int32_t)(*values >> 2) - 32;
        state->pool.probability[slot] = (uint16_t)ad_squash(steps * AD_PRIOR_STEP);
        state->observations[slot++] = (uint8_t)(TRUST_OBSERVATIONS >> 4u * (*values++ & 3u) & 15u);
    }
}

static void set_weights(struct ad_state *state, const int8_t *values)
{
    for (uint32_t i = 0; i < ad_weights_of(ad_tier(state)); i++) {
        state->weights[i] = (int16_t)(values[i] * AD_PRIOR_WEIGHT_STEP);
    }
}

#ifdef AIRDELTA_TINY_ONLY

void ad_set_priors(struct ad_state *state)
{
    set_trained(state, 0, ad_priors_tiny.counters, AD_TINY_COUNTERS);
    set_weights(state, ad_priors_tiny.weights);
}

#else

/* Set one table at `slot`; returns the trained values behind its own. */
static const uint8_t *set_table(struct ad_state *state, uint32_t slot, uint32_t bits,
                                uint32_t neutral, const uint8_t *values)
{
    uint32_t count = 1u << bits;
    if (bits <= AD_MAX_TRAINED_BITS) {
        set_trained(state, slot, values, count);
        return values + count;
    }
    for (uint32_t i = slot; i < slot + count; i++) {
        state->pool.probability[i] = (uint16_t)neutral;
        state->observations[i] = 0;
    }
    return values;
}

static const uint8_t *set_tables(struct ad_state *state, uint32_t slot, const uint8_t *bits,
                                 uint32_t contexts, uint32_t neutral, const uint8_t *values)
{
    for (uint32_t i = 0; i < contexts; i++) {
        if (bits[i] == 0) continue;
        values = set_table(state, slot, bits[i], neutral, values);
        slot += 1u << bits[i];
    }
    return values;
}

static const struct ad_priors *priors_of(uint32_t mode)
{
    if (mode == AD_MODE_LARGE) return &ad_priors_large;
    return mode == AD_MODE_STANDARD ? &ad_priors_standard : &ad_priors_tiny;
}

void ad_set_priors(struct ad_state *state)
{
    const struct ad_tier *tier = ad_tier(state);
    const struct ad_priors *priors = priors_of(state->parameters.mode);
    const uint8_t *values = priors->counters;
    values = set_tables(state, 0, tier->clean_bits, AD_CLEAN_CONTEXTS, LIKELY, values);
    values = set_tables(state, ad_first_hit(tier), tier->hit_bits, AD_HIT_CONTEXTS, LIKELY, values);
    set_trained(state, ad_first_raw(tier), values, AD_RAW_SLOTS);
    values += AD_RAW_SLOTS;
    set_tables(state, ad_first_literal(tier), tier->literal_bits, AD_LITERAL_CONTEXTS, EVEN_ODDS,
               values);
    set_weights(state, priors->weights);
}

#endif

void ad_set_map_priors(struct ad_state *state)
{
    set_trained(state, 0, ad_priors_map, AD_MAP_SLOTS);
}
