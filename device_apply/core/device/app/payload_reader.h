/*
 * The payload as decoders get it: what is stored, decrypted if it is encrypted (airdelta_keys.h).
 */
#ifndef AIRDELTA_DV_PAYLOAD_READER_H
#define AIRDELTA_DV_PAYLOAD_READER_H

#include "airdelta_device.h"

/* Bytes of the payload for the decoder: without the tag of A128GCM. */
uint32_t dv_plain_bytes(const struct airdelta_manifest *manifest);

/* Decrypt payload bytes from an offset, in place, if they are encrypted; whether that worked. */
int dv_decrypt(const struct airdelta_device *device, uint32_t offset, uint8_t *bytes,
               uint32_t count);

/* Read payload bytes up to the end of their fragment; how many, 0 if that failed. */
uint32_t dv_payload_read(const struct airdelta_device *device, uint32_t offset, uint8_t *bytes,
                         uint32_t count);

#endif
