/* Binary arithmetic coding: a range is divided between 1 (its lower part) and 0 with each bit. */
#include "coder.h"

#define RANGE_MINIMUM (1u << 24)

#ifdef AIRDELTA_ENCODER

static void put_byte(struct ad_coder *coder, uint32_t byte)
{
    if (coder->output != NULL && coder->output_bytes < coder->output_capacity) {
        coder->output[coder->output_bytes] = (uint8_t)byte;
    }
    coder->output_bytes++;
}

/* The range went beyond 2^32: the bytes before it are one more. */
static void carry(struct ad_coder *coder)
{
    if (coder->output == NULL || coder->output_bytes > coder->output_capacity) return;
    size_t at = coder->output_bytes;
    while (at > 0 && ++coder->output[at - 1u] == 0) at--;
}

static void advance(struct ad_coder *coder, uint32_t distance)
{
    coder->low += distance;
    if (coder->low < distance) carry(coder);
}

void ad_coder_begin(struct ad_coder *coder)
{
    coder->low = 0;
    coder->range = UINT32_MAX;
}

void ad_coder_finish(struct ad_coder *coder)
{
    /* one byte is enough to be in the range, zeros follow */
    advance(coder, RANGE_MINIMUM - 1u);
    put_byte(coder, coder->low >> 24);
}

#else

void ad_coder_begin(struct ad_coder *coder)
{
    coder->range = UINT32_MAX;
    for (int i = 0; i < 4; i++) coder->code = coder->code << 8 | ad_next_byte(&coder->input);
}

#endif

uint32_t ad_code_bit(struct ad_coder *coder, uint32_t probability, uint32_t told)
{
    uint32_t range = coder->range;
    uint32_t part = (range >> 16) * probability + (((range & 0xFFFFu) * probability) >> 16);
#ifdef AIRDELTA_ENCODER
    uint32_t bit = told;
    coder->decisions++;
    if (!bit) advance(coder, part);
#else
    uint32_t bit = coder->code < part;
    (void)told;
    if (!bit) coder->code -= part;
#endif
    range = bit ? part : range - part;
    while (range < RANGE_MINIMUM) {
        range <<= 8;
#ifdef AIRDELTA_ENCODER
        put_byte(coder, coder->low >> 24);
        coder->low <<= 8;
#else
        coder->code = coder->code << 8 | ad_next_byte(&coder->input);
#endif
    }
    coder->range = range;
    return bit;
}
