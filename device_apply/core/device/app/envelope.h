/* The head of a package: authentication and manifest, up to the payload. SPEC.md section 2. */
#ifndef AIRDELTA_DV_ENVELOPE_H
#define AIRDELTA_DV_ENVELOPE_H

#include "airdelta_device.h"
#include "rollback.h"

/* `["Signature1", << {1: algorithm} >>, h'', SUIT_Digest]`, with the longer numbers. */
#define DV_MOST_SIGNED_BYTES 56u

struct dv_envelope {
    struct airdelta_manifest manifest;
    struct dv_rollback rollback;
    const uint8_t *signature; /* into the head */
    uint32_t signature_bytes;
    int32_t algorithm;
    uint32_t signed_count;
    uint8_t signed_bytes[DV_MOST_SIGNED_BYTES];
};

/* Checks 1 and 2: the head is canonical and exactly of our profile, and the manifest is the one
 * that its digest names. Of a manifest for many bases, the payload for the running image is told. */
airdelta_device_status dv_envelope_read(const struct airdelta_port *port, const uint8_t *head,
                                        uint32_t head_bytes, const uint8_t *running_digest,
                                        struct dv_envelope *envelope);

#endif
