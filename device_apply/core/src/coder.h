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

#include "patch_input.h"

#ifdef AIRDELTA_ENCODER
#define AD_TOLD(expression) (expression)
#else
#define AD_TOLD(expression) 0
#endif

/* Patch bytes that one unit of work may use at most. */
#define AD_UNIT_INPUT_BYTES 64u

struct ad_coder {
    uint32_t range; /* at least 2^24 between two bits */
#ifdef AIRDELTA_ENCODER
    uint32_t low;
    uint64_t mixed_inputs; /* counted, to say what the decoder will have to do */
    uint64_t decisions;
    uint8_t *output; /* NULL counts bytes only */
    size_t output_bytes;
    size_t output_capacity;
#else
    uint32_t code; /* the patch's place in the range */
    struct ad_patch_input input;
#endif
};

/* Decode a bit (device) or encode `told` (encoder); returns the bit. */
uint32_t ad_code_bit(struct ad_coder *coder, uint32_t probability, uint32_t told);

/* Prepare for the first bit. */
void ad_coder_begin(struct ad_coder *coder);

#ifdef AIRDELTA_ENCODER
/* Write what the decoder needs to tell the last bits apart. */
void ad_coder_finish(struct ad_coder *coder);
#endif

#endif
