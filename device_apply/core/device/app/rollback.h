/*
 * An authorisation to roll back: the vendor's signature that devices of a class, or one of them, may
 * go back to one older image. SPEC.md section 7. It is in the head of a package, beside the manifest
 * and with a signature of its own.
 *
 * 35. It is the vendor's (35), for this very image (35b), device class (35c) and device (35d), and it
 *     is over once the device has seen a later release than the vendor had in mind (35e).
 */
#ifndef AIRDELTA_DV_ROLLBACK_H
#define AIRDELTA_DV_ROLLBACK_H

#include "airdelta_device.h"
#include "cbor_reader.h"

/* What was read; everything points into the head. */
struct dv_rollback {
    const uint8_t *claims; /* NULL: there is none */
    const uint8_t *signature;
    const uint8_t *class_id;
    const uint8_t *image_digest;
    const uint8_t *device_id; /* NULL: every device of the class */
    uint32_t signature_bytes;
    uint32_t claims_bytes;
    uint32_t image_counter;
    uint32_t highest_replaced_counter;
    int32_t algorithm;
};

/* Read an authorisation of exactly our form; whether it is. */
int dv_rollback_read(struct dv_reader *reader, struct dv_rollback *rollback);

/* Whether it lets this device, whose counter is `security_counter`, take the image. */
int dv_rollback_permits(const struct dv_rollback *rollback,
                        const struct airdelta_device_config *config, uint32_t security_counter,
                        const struct airdelta_manifest *manifest);

#endif
