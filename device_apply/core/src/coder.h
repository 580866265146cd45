/*
 * The binary arithmetic coder: one bit at a time, with a 16-bit probability that it is 1.
 *
 * On the device this decodes. The encoder compiles the same sources with AIRDELTA_ENCODER: the same
 * calls then take the bit they are told and write it, so that model and coder cannot drift apart.
 * AD_TOLD(x) is the encoder's knowledge of the new image; the device compiles it away.
 */
#ifndef AIRDELTA_CODER_H
#define AIRDELTA_CODER_H

#include <stddef.h>
#include <stdint.h>

#ifdef AIRDELTA_ENCODER
#define AD_TOLD(expression) (expression)
#else
#define AD_TOLD(expression) 0
#endif

/* Patch bytes that one unit of work may use at most. */
#define AD_UNIT_INPUT_BYTES 64u
#define AD_INPUT_BYTES 128u
/* Zero bytes the decoder reads behind the end: it looks four bytes ahead, the last is real. */
#define AD_TAIL_BYTES 3u

struct ad_coder {
    uint32_t low;
    uint32_t high;
#ifdef AIRDELTA_ENCODER
    uint64_t mixed_inputs; /* counted, to say what the decoder will have to do */
    uint64_t decisions;
    uint8_t *output; /* NULL counts bytes only */
    size_t output_bytes;
    size_t output_capacity;
#else
    uint32_t code;
    uint8_t tail_bytes;  /* zero bytes read behind the end of the patch */
    uint8_t is_starved;  /* input ran out within a unit */
    uint8_t position;    /* of the next byte in `input` */
    uint8_t filled;      /* bytes in `input` */
    uint8_t is_complete; /* no more input will come */
    uint8_t input[AD_INPUT_BYTES];
#endif
};

/* Decode a bit (device) or encode `told` (encoder); returns the bit. */
uint32_t ad_code_bit(struct ad_coder *coder, uint32_t probability, uint32_t told);

/* Prepare for the first bit. */
void ad_coder_begin(struct ad_coder *coder);

#ifdef AIRDELTA_ENCODER
/* Write what the decoder needs to tell the last bits apart. */
void ad_coder_finish(struct ad_coder *coder);
#else
/* The next patch byte; zero behind the end. */
uint8_t ad_coder_next_byte(struct ad_coder *coder);

static inline uint32_t ad_coder_available(const struct ad_coder *coder)
{
    return (uint32_t)(coder->filled - coder->position);
}
#endif

#endif
