/*
 * The bytes of a patch that have come and are not used yet.
 */
#ifndef AIRDELTA_PATCH_INPUT_H
#define AIRDELTA_PATCH_INPUT_H

#include <stdint.h>

#define AD_INPUT_BYTES 128u
/* Zero bytes the decoder reads behind the end: it looks four bytes ahead, the last is real. */
#define AD_TAIL_BYTES 3u

struct ad_patch_input {
    uint8_t position;    /* of the next byte in `bytes` */
    uint8_t filled;
    uint8_t is_complete; /* no more will come */
    uint8_t tail_bytes;  /* zero bytes read behind the end of the patch */
    uint8_t bytes[AD_INPUT_BYTES];
};

/* The next byte; zero behind the end. */
uint32_t ad_next_byte(struct ad_patch_input *input);

/* A number: seven bits a byte, low ones first; the fifth byte is the last. */
uint32_t ad_next_number(struct ad_patch_input *input);

static inline uint32_t ad_available(const struct ad_patch_input *input)
{
    return (uint32_t)(input->filled - input->position);
}

#endif
