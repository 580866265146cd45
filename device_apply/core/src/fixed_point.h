/*
 * Logarithms and the logistic function in integers.
 *
 * A probability is a 16-bit fraction (P * 65536). Its "stretch" is log2(p / (1 - p)) in units of
 * 1/256 bit. Every operation has a stated width, so that all platforms compute the same bits.
 */
#ifndef AIRDELTA_FIXED_POINT_H
#define AIRDELTA_FIXED_POINT_H

#include <stdint.h>

/* For the few functions that every bit goes through: a call would cost more than their work; and
 * for those that compilers would put in line at the cost of size. */
#if defined(__GNUC__)
#define AD_INLINE static inline __attribute__((always_inline))
#define AD_OUT_OF_LINE __attribute__((noinline))
#else
#define AD_INLINE static inline
#define AD_OUT_OF_LINE
#endif

/* Beyond +-12 bits of log-odds a prediction is as good as certain. */
#define AD_STRETCH_LIMIT 3071

/* Zero bits above the leading 1 of value > 0, which has at most 2 * `half` bits. */
AD_INLINE uint32_t ad_leading_zeros_of(uint32_t value, uint32_t half)
{
#if defined(__GNUC__) && (!defined(__ARM_ARCH) || defined(__ARM_FEATURE_CLZ))
    (void)half;
    return (uint32_t)__builtin_clz(value);
#else
    uint32_t zeros = 32u - 2u * half;
    value <<= zeros;
#pragma GCC unroll 5
    for (uint32_t step = half; step > 0; step /= 2u) {
        if (value >> (32u - step)) continue;
        value <<= step;
        zeros += step;
    }
    return zeros;
#endif
}

AD_INLINE uint32_t ad_leading_zeros(uint32_t value)
{
    return ad_leading_zeros_of(value, 16);
}

/* floor(log2(value)) for value > 0, and 0 for 0. */
static inline uint32_t ad_log2_floor(uint32_t value)
{
    return 31u - ad_leading_zeros(value | 1u);
}

static inline uint32_t ad_min(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Division by 2^bits that rounds towards minus infinity; C leaves >> of negatives open. */
static inline int32_t ad_shift_right(int32_t value, uint32_t bits)
{
    if (-1 >> 1 == -1) return value >> bits; /* this compiler's >> does it */
    return value < 0 ? ~(int32_t)(~(uint32_t)value >> bits) : (int32_t)((uint32_t)value >> bits);
}

/*
 * log2(p / (1 - p)) of a 16-bit probability 1..65535, in 1/256 bit, within 1/8 bit. Of p and 1 - p
 * the smaller one gives its leading 1 and the eight bits below it, as if they were its logarithm;
 * the other one's logarithm is taken for a straight line as well.
 */
AD_INLINE int32_t ad_stretch(uint32_t probability)
{
    uint32_t folded = (uint32_t)(int16_t)probability; /* wraps: -(1 - p) for p >= 1/2 */
    uint32_t sign = 0u - (folded >> 31);
    uint32_t smaller = (folded ^ sign) - sign;
    uint32_t zeros = ad_leading_zeros_of(smaller, 8);
    uint32_t odds = zeros * 256u - (smaller << zeros >> 23) - (smaller >> 7) - 3584u;
    return (int32_t)(sign - (odds ^ sign));
}

/* The inverse of ad_stretch: 16..65520. */
uint32_t ad_squash(int32_t log_odds);

#endif
