/* Carry-free binary arithmetic coding: the interval [low, high] narrows with each bit. */
#include "coder.h"

#ifdef AIRDELTA_ENCODER

static void put_byte(struct ad_coder *coder, uint32_t byte)
{
    if (coder->output != NULL && coder->output_bytes < coder->output_capacity) {
        coder->output[coder->output_bytes] = (uint8_t)byte;
    }
    coder->output_bytes++;
}

void ad_coder_begin(struct ad_coder *coder)
{
    coder->low = 0;
    coder->high = UINT32_MAX;
}

void ad_coder_finish(struct ad_coder *coder)
{
    /* low and high differ in their first byte: one byte between them is enough, zeros follow */
    put_byte(coder, (coder->low >> 24) + 1u);
}

#else

uint8_t ad_coder_next_byte(struct ad_coder *coder)
{
    if (coder->position < coder->filled) {
        return coder->input[coder->position++];
    }
    if (coder->is_complete) {
        if (coder->tail_bytes <= AD_TAIL_BYTES) coder->tail_bytes++;
    } else {
        coder->is_starved = 1;
    }
    return 0;
}

void ad_coder_begin(struct ad_coder *coder)
{
    coder->low = 0;
    coder->high = UINT32_MAX;
    coder->code = 0;
    for (int i = 0; i < 4; i++) {
        coder->code = coder->code << 8 | ad_coder_next_byte(coder);
    }
}

#endif

uint32_t ad_code_bit(struct ad_coder *coder, uint32_t probability, uint32_t told)
{
    uint32_t range = coder->high - coder->low;
    uint32_t middle = coder->low + (range >> 16) * probability +
                      (((range & 0xffffu) * probability) >> 16);
#ifdef AIRDELTA_ENCODER
    uint32_t bit = told;
    coder->decisions++;
#else
    uint32_t bit = coder->code <= middle;
    (void)told;
#endif
    if (bit) {
        coder->high = middle;
    } else {
        coder->low = middle + 1u;
    }
    while (((coder->low ^ coder->high) & 0xff000000u) == 0) {
#ifdef AIRDELTA_ENCODER
        put_byte(coder, coder->high >> 24);
#else
        coder->code = coder->code << 8 | ad_coder_next_byte(coder);
#endif
        coder->low <<= 8;
        coder->high = coder->high << 8 | 255u;
    }
    return bit;
}
