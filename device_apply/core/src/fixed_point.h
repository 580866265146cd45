/*
 * Logarithms and the logistic function in integers.
 *
 * A probability is a 16-bit fraction (P * 65536). Its "stretch" is log2(p / (1 - p)) in units of
 * 1/256 bit. Every operation has a stated width, so that all platforms compute the same bits.
 */
#ifndef AIRDELTA_FIXED_POINT_H
#define AIRDELTA_FIXED_POINT_H

#include <stdint.h>

/* Beyond +-12 bits of log-odds a prediction is as good as certain. */
#define AD_STRETCH_LIMIT 3071

/* Weight of an observation after n others: 65536 / (n + 1.6). */
extern const uint16_t ad_rate[64];

/* floor(log2(value)) for value > 0, and 0 for 0. */
static inline uint32_t ad_log2_floor(uint32_t value)
{
#if defined(__GNUC__)
    return value ? 31u - (uint32_t)__builtin_clz(value) : 0u;
#else
    uint32_t result = 0;
    while (value >>= 1) result++;
    return result;
#endif
}

static inline uint32_t ad_min(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Division by 2^bits that rounds towards minus infinity; C leaves >> of negatives open. */
static inline int32_t ad_shift_right(int32_t value, uint32_t bits)
{
    return value < 0 ? ~(int32_t)(~(uint32_t)value >> bits) : (int32_t)((uint32_t)value >> bits);
}

/* log2(p / (1 - p)) of a 16-bit probability 1..65535, in 1/256 bit. */
int32_t ad_stretch(uint32_t probability);

/* The inverse of ad_stretch: 16..65520. */
uint32_t ad_squash(int32_t log_odds);

#endif
