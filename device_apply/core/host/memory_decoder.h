/* Decoding between buffers in memory, for hosts: one call, no callbacks into the caller. */
#ifndef AIRDELTA_MEMORY_DECODER_H
#define AIRDELTA_MEMORY_DECODER_H

#include <stdint.h>

/* Decode a patch; returns an airdelta_status. */
int airdelta_decode_memory(const uint8_t *patch, uint32_t patch_bytes, const uint8_t *base,
                           uint32_t base_bytes, uint8_t *new_, uint32_t new_bytes);

#endif
