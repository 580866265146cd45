/* Adaptive integers, see integers.h. */
#include "integers.h"

#include "model.h"

#define MODELLED_BITS 2u
#define EVEN_ODDS 32768u

uint32_t ad_code_integer(struct ad_state *state, uint32_t first_slot, uint32_t told)
{
    uint32_t told_bits = AD_TOLD(ad_log2_floor(told + 1u));
    uint32_t bits = 0;
    while (bits < AD_INTEGER_BITS &&
           ad_code_counted(state, first_slot + bits, bits < told_bits)) {
        bits++;
    }
    first_slot += 32u + ad_min(bits, 23u) * 4u;
    uint32_t value = 1;
    for (uint32_t left = bits; left-- > 0;) {
        uint32_t told_bit = AD_TOLD((told + 1u) >> left & 1u);
        uint32_t bit = left + MODELLED_BITS >= bits
                           ? ad_code_counted(state, first_slot + value, told_bit)
                           : ad_code_bit(&state->coder, EVEN_ODDS, told_bit);
        value = value << 1 | bit;
    }
    (void)told;
    return value - 1u;
}
