/*
 * Chunk hashes: a piece of the payload that is not what the vendor signed is found when it arrives,
 * not after the last fragment.
 *
 * A chunk that lies within one fragment is checked before the fragment is stored. A larger one is
 * checked in flash when its last fragment is there; if it is wrong, all its fragments are asked for
 * again, and those that come differently go into spares. Chunks need not begin where fragments do.
 * What was found wrong is not recorded: it is found again after a reset.
 */
#ifndef AIRDELTA_DV_CHUNKS_H
#define AIRDELTA_DV_CHUNKS_H

#include "airdelta_device.h"

/* Whether a fragment may be stored: no chunk that lies wholly in it is wrong. */
int dv_chunks_take(const struct airdelta_device *device, uint32_t index, const uint8_t *bytes);

/* Whether `bytes` are a chunk, all of it. */
int dv_chunk_is_signed(const struct airdelta_device *device, uint32_t chunk, const uint8_t *bytes,
                       uint32_t count);

/* How many of the chunks that share bytes with a fragment are stored, and wrong. */
uint32_t dv_chunks_wrong_around(const struct airdelta_device *device, uint32_t index);

/* How many chunks of the payload are stored, and wrong. */
uint32_t dv_chunks_wrong(const struct airdelta_device *device);

#endif
