/* The sizes of each tier, see tiers.h. */
#include "tiers.h"

#ifndef AIRDELTA_TINY_ONLY

static const struct ad_tier tier_standard = {
    .clean_bits = {8, 7, 8},
    .hit_bits = {8, 8, 0, 9, 9, 0, 0, 8},
    .literal_bits = {11, 9, 11, 0, 0, 0, 0, 10, 8, 0},
    .moved_bits = 7,
    .shift_steps = 96,
    .learning_shift = 17,
    .clean_inputs = 3,
    .hit_inputs = 5,
    .literal_inputs = 5,
    .clean_counters = 2u * (1u << 8) + (1u << 7),
    .hit_counters = 3u * (1u << 8) + 2u * (1u << 9),
    .literal_counters = 2u * (1u << 11) + (1u << 10) + (1u << 9) + (1u << 8),
};

static const struct ad_tier tier_large = {
    .clean_bits = {8, 8, 8},
    .hit_bits = {12, 10, 0, 14, 12, 16, 16, 10},
    .literal_bits = {16, 16, 17, 17, 17, 17, 17, 17, 12, 17},
    .moved_bits = 12,
    .shift_steps = 2048,
    .learning_shift = 18,
    .match_bits = 16,
    .clean_inputs = 3,
    .hit_inputs = 7,
    .literal_inputs = 10,
    .clean_counters = 3u * (1u << 8),
    .hit_counters = 2u * (1u << 10) + 2u * (1u << 12) + (1u << 14) + 2u * (1u << 16),
    .literal_counters = (1u << 12) + 2u * (1u << 16) + 7u * (1u << 17),
};

const struct ad_tier *ad_tier_of(uint32_t mode)
{
    static const struct ad_tier *const tiers[] = {&ad_tier_tiny, &tier_standard, &tier_large};
    uint32_t index = mode - AD_MODE_TINY;
    return index < sizeof tiers / sizeof tiers[0] ? tiers[index] : 0;
}

#endif
