/*
 * The device's whole state as one record of the state log, so the newest valid one is the state.
 *
 *     0 generation u32        12 slot A: size u32, counter u32, digest 32
 *     4 lifecycle u8          52 slot B: the same
 *     5 confirmed slot u8     92 package digest 32
 *     6 trial slot u8        124 CRC-32 of all before it, salted
 *     7 attempts left u8
 *     8 security counter u32
 */
#ifndef AIRDELTA_DV_STATE_RECORD_H
#define AIRDELTA_DV_STATE_RECORD_H

#include "airdelta_device.h"
#include "record_log.h"

/* Whole write units on every part: 1 to 32 bytes. */
#define DV_RECORD_BYTES 128u

extern const struct dv_record_format dv_state_record_format;

/* Everything but generation and CRC, which are the log's. */
void dv_record_encode(uint8_t record[DV_RECORD_BYTES], const struct airdelta_state *state);
void dv_record_decode(const uint8_t record[DV_RECORD_BYTES], struct airdelta_state *state);

#endif
