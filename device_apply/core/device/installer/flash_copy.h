/* Copying from flash to flash, in as few operations as little memory allows. */
#ifndef AIRDELTA_DV_FLASH_COPY_H
#define AIRDELTA_DV_FLASH_COPY_H

#include "airdelta_device.h"

/* Programmed at once: a page of 4 KiB takes 32 operations, less than the 64 that a boot may have. */
#define DV_COPY_BYTES 128u

/* Copy a region to the erased place `to`, filled up to whole write units, through the buffer. */
airdelta_device_status dv_copy_flash(const struct airdelta_store *store,
                                     const struct airdelta_region *from, uint32_t to,
                                     uint8_t buffer[DV_COPY_BYTES]);

/* Program up to DV_COPY_BYTES, whose buffer has room for whole write units. */
airdelta_device_status dv_program_burst(const struct airdelta_store *store, uint32_t to,
                                        uint8_t *bytes, uint32_t count);

#endif
