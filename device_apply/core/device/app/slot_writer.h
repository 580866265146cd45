/*
 * Programming the new image into the inactive slot: sectors are erased as they are reached, and how
 * far it got is stated every now and then.
 *
 * 12. A sector is erased in the same power cycle in which it is programmed, even if it reads blank.
 */
#ifndef AIRDELTA_DV_SLOT_WRITER_H
#define AIRDELTA_DV_SLOT_WRITER_H

#include "airdelta_device.h"

/* The slot that does not run. */
const struct airdelta_region *dv_free_slot(const struct airdelta_device *device);

/* What an earlier power cycle has staged of the package that was verified last. */
uint32_t dv_staged_bytes(const struct airdelta_device *device);

/* Begin to program a stream of bytes that starts `stream_at` bytes into the slot, behind what is
 * staged of it. */
void dv_stage_begin(struct airdelta_device *device, uint32_t stream_at);

/* Take bytes number `offset` on of the stream, but leave out what is staged; not 0 if the flash does
 * not take them, or the slot is full. */
int dv_stage_stream(struct airdelta_device *device, uint32_t offset, const uint8_t *bytes,
                    uint32_t count);

/* Program what waits, filled up to a write unit. */
int dv_stage_end(struct airdelta_device *device);

/* After that: program the very last bytes of the slot. */
int dv_stage_last(struct airdelta_device *device, const uint8_t *bytes, uint32_t count);

#endif
