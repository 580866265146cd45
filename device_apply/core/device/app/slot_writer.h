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

/* Begin to program behind what is staged. */
void dv_stage_begin(struct airdelta_device *device);

/* Take the next bytes; not 0 if the flash does not take them. */
int dv_stage_bytes(struct airdelta_device *device, const uint8_t *bytes, uint32_t count);

/* Program what waits, filled up to a write unit. */
int dv_stage_end(struct airdelta_device *device);

#endif
