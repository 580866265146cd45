/*
 * Adaptive integers for the segment map: the number of bits in unary, the two bits below the
 * leading one modelled, the rest as they are.
 */
#ifndef AIRDELTA_INTEGERS_H
#define AIRDELTA_INTEGERS_H

#include <stdint.h>

struct ad_state;

/* Counters that one kind of integer takes from the pool. */
#define AD_INTEGER_SLOTS 128u
/* Most bits of an integer + 1, without the leading one. */
#define AD_INTEGER_BITS 30u

/* Code an integer with the counters from `first_slot` on. */
uint32_t ad_code_integer(struct ad_state *state, uint32_t first_slot, uint32_t told);

/* Signed numbers as integers: 0, -1, 1, -2, 2, ... are 0, 1, 2, 3, 4, ... */
static inline uint32_t ad_fold(int32_t value)
{
    uint32_t doubled = (uint32_t)value << 1;
    return value < 0 ? ~doubled : doubled;
}

static inline uint32_t ad_unfold(uint32_t folded)
{
    return folded >> 1 ^ (0u - (folded & 1u));
}

#endif
