/* The sizes of each tier, see tiers.h. */
#include "tiers.h"

#include "parameters.h"

static const struct ad_tier tiers[] = {
    {
        .clean_bits = {7, 6, 0},
        .hit_bits = {8, 7, 0, 7, 7, 0, 0, 0},
        .literal_bits = {8, 8, 0, 0, 0, 0, 0, 7, 7, 0},
        .moved_bits = 5,
        .shift_steps = 32,
    },
#ifndef AIRDELTA_TINY_ONLY
    {
        .clean_bits = {8, 7, 8},
        .hit_bits = {8, 8, 0, 9, 9, 0, 0, 8},
        .literal_bits = {11, 9, 11, 0, 0, 0, 0, 10, 8, 0},
        .moved_bits = 7,
        .shift_steps = 96,
    },
    {
        .clean_bits = {8, 8, 8},
        .hit_bits = {12, 10, 0, 14, 12, 16, 16, 10},
        .literal_bits = {16, 16, 17, 17, 17, 17, 17, 17, 12, 17},
        .moved_bits = 12,
        .shift_steps = 2048,
        .match_bits = 16,
    },
#endif
};

const struct ad_tier *ad_tier_of(uint32_t mode)
{
    uint32_t index = mode - AD_MODE_TINY;
    return index < sizeof tiers / sizeof tiers[0] ? &tiers[index] : 0;
}

/* Counters of some tables, and how many tables there are. */
static uint32_t size_of(const uint8_t *bits, uint32_t contexts, uint32_t *inputs)
{
    uint32_t counters = 0;
    *inputs = 0;
    for (uint32_t i = 0; i < contexts; i++) {
        if (bits[i] == 0) continue;
        counters += 1u << bits[i];
        ++*inputs;
    }
    return counters;
}

struct ad_places ad_places_of(const struct ad_tier *tier)
{
    struct ad_places places;
    places.first_hit = size_of(tier->clean_bits, AD_CLEAN_CONTEXTS, &places.clean_inputs);
    places.first_raw =
        places.first_hit + size_of(tier->hit_bits, AD_HIT_CONTEXTS, &places.hit_inputs);
    places.first_literal = places.first_raw + AD_RAW_SLOTS;
    places.counters = places.first_literal +
                      size_of(tier->literal_bits, AD_LITERAL_CONTEXTS, &places.literal_inputs);
    places.first_hit_weight = AD_CLEAN_SETS * (places.clean_inputs + 1u);
    places.first_literal_weight =
        places.first_hit_weight + AD_HIT_SETS * (places.hit_inputs + 1u);
    places.weights =
        places.first_literal_weight + AD_LITERAL_SETS * (places.literal_inputs + 1u);
    return places;
}
