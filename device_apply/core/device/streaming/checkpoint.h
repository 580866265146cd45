/*
 * Checkpoints of a streamed download: the state of the decoder, in one of two banks of flash.
 *
 *     0 bytes of the slot that are programmed u32     8 bytes of the payload that are used up u32
 *     4 bytes behind them that wait u32              12 bytes of the decoder's state u32
 *    32 the bytes that wait, 288                    320 the state
 *
 * The state log says which one counts: the record of the free slot, which names no image meanwhile,
 * has the checkpoint's number as its counter and the checkpoint's SHA-256 as its digest.
 *
 * 52. A checkpoint is stated when all of it is in flash (52), and counts only with its digest (52b).
 * 53. A bank is erased in the power cycle in which it is programmed, even if it reads blank.
 * 54. The bank that the state names is not the one that is written.
 */
#ifndef AIRDELTA_DV_CHECKPOINT_H
#define AIRDELTA_DV_CHECKPOINT_H

#include "airdelta_decoder.h"
#include "airdelta_device.h"

/* Save where the stream is: one operation per call, while it says BUSY. The slot is programmed up to
 * the end of a sector, so that a resumed stream begins with an erase. */
airdelta_device_status dv_checkpoint_save(struct airdelta_device *device);

/* Bytes of the payload that are used up, as the checkpoint says that the state names; 0: there is
 * none. Not verified. */
uint32_t dv_checkpoint_used_bytes(struct airdelta_device *device);

/* Put back the checkpoint that the state names; whether there is one. */
int dv_checkpoint_restore(struct airdelta_device *device, const struct airdelta_decoder_io *io);

#endif
