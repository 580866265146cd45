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
#define AD_OUT_OF_LINE static __attribute__((noinline))
#else
#define AD_INLINE static inline
#define AD_OUT_OF_LINE static
#endif

/* Beyond +-12 bits of log-odds a prediction is as good as certain. */
#define AD_STRETCH_LIMIT 3071

/* Zero bits above the leading 1 of value > 0. */
static inline uint32_t ad_leading_zeros(uint32_t value)
{
#if defined(__GNUC__)
    return (uint32_t)__builtin_clz(value);
#else
    uint32_t zeros = 31;
    while (value >>= 1) zeros--;
    return zeros;
#endif
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

/* 256 * log2(1 + f) of the eight bits below the leading 1, bit 31; a parabola is close enough. */
AD_INLINE int32_t ad_log2_of_mantissa(uint32_t mantissa)
{
    uint32_t fraction = mantissa >> 23 & 255u;
    return (int32_t)(fraction + ((fraction * (256u - fraction) * 88u) >> 16));
}

/* log2(p / (1 - p)) of a 16-bit probability 1..65535, in 1/256 bit. */
AD_INLINE int32_t ad_stretch(uint32_t probability)
{
    /* of p and 1 - p one is at most 1/2; the other one's leading 1 is bit 15 */
    int32_t folded = (int32_t)(probability ^ 0x8000u) - 0x8000; /* -(1 - p) for p >= 1/2 */
    uint32_t smaller = (uint32_t)(folded < 0 ? -folded : folded);
    uint32_t zeros = ad_leading_zeros(smaller);
    int32_t odds = (int32_t)(zeros - 16u) * 256 + ad_log2_of_mantissa((65536u - smaller) << 16) -
                   ad_log2_of_mantissa(smaller << zeros);
    return folded < 0 ? odds : -odds;
}

/* The inverse of ad_stretch: 16..65520. */
uint32_t ad_squash(int32_t log_odds);

#endif
