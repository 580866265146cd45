/*
 * Integers of any size in adaptive bits: the bit count of value + 1 in unary, then its bits, of
 * which the two highest below the leading one are modelled and the others are not.
 */
#ifndef AIRDELTA_INTEGERS_H
#define AIRDELTA_INTEGERS_H

#include <stdint.h>

#include "model.h"

/* Counters that one kind of integer takes. */
#define AD_INTEGER_SLOTS 128u
/* Values are below 2^30. */
#define AD_INTEGER_BITS 30u

/* Code a number with the counters from `first_slot`. */
uint32_t ad_code_integer(struct ad_coder *coder, const struct ad_counters *counters,
                         uint32_t first_slot, uint32_t told);

/* Signed numbers as 0, -1, 1, -2, 2, ... */
static inline uint32_t ad_fold(int32_t value)
{
    return value < 0 ? (uint32_t)(-value) * 2u - 1u : (uint32_t)value * 2u;
}

static inline int32_t ad_unfold(uint32_t folded)
{
    return folded & 1u ? -(int32_t)(folded / 2u) - 1 : (int32_t)(folded / 2u);
}

#endif
