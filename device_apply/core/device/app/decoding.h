/*
 * Decoding the stored payload: which of its bytes a decoder gets, and in which memory it works.
 *
 * The payload of an update in place begins with the plan of its commit:
 *
 *     0xF0 + stash pages u8 | log2 of the page's bytes u8 | plan bytes u16 | plan | airdelta patch
 */
#ifndef AIRDELTA_DV_DECODING_H
#define AIRDELTA_DV_DECODING_H

#include "decoder_io.h"

/* The work memory behind the compiler's, if there is one; and how much of it is the decoder's. */
void *dv_decoder_memory(const struct airdelta_device *device);
uint32_t dv_decoder_bytes(const struct airdelta_device *device);

/* Whether the memory is enough (check 12) for a payload that begins with `count` bytes: 128, or all
 * of it. */
airdelta_device_status dv_measure(struct airdelta_device *device, dv_write_new write_new,
                                  const uint8_t *bytes, uint32_t count);

/* The same for a stored payload; finds where the decoder's bytes begin. */
airdelta_device_status dv_measure_payload(struct airdelta_device *device, dv_write_new write_new);

/* Begin anew; whether the decoder accepts that. */
int dv_begin_decoding(struct airdelta_device *device, dv_write_new write_new);

/* Feed and run the decoder once; what it says. */
int dv_decode(struct airdelta_device *device);

#endif
