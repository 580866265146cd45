/* How a decoder reaches the device: base image and scratch are read and written within bounds. */
#ifndef AIRDELTA_DV_DECODER_IO_H
#define AIRDELTA_DV_DECODER_IO_H

#include "airdelta_decoder.h"

typedef int (*dv_write_new)(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count);

/* For the update whose manifest `device->install` holds; the new image goes to `write_new`, with
 * `device` as its context. */
struct airdelta_decoder_io dv_decoder_io(struct airdelta_device *device, dv_write_new write_new);

#endif
