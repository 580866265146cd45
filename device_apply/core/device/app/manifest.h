/* The manifest: one exact form per combination of full image, patch or many bases, one-address or
 * per-slot image, with or without chunk hashes, read in its canonical order. Everything else is
 * refused. Bytes: SPEC.md section 3. */
#ifndef AIRDELTA_DV_MANIFEST_H
#define AIRDELTA_DV_MANIFEST_H

#include "airdelta_device.h"
#include "cbor_reader.h"

/* Read `[-16, digest]`, the SUIT_Digest; zeros if it is something else. */
void dv_read_suit_digest(struct dv_reader *reader, uint8_t digest[AIRDELTA_DIGEST_BYTES]);

/* Read a manifest of exactly our form; whether it is. Of one for many bases, `manifest` tells the
 * payload for the image with `running_digest`, or the full image where none is for it.
 * `is_integrated`: the payload is said to be inside the envelope. URI and chunk hashes are found from
 * the start of the manifest. */
int dv_manifest_read(struct dv_reader *reader, const uint8_t running_digest[AIRDELTA_DIGEST_BYTES],
                     struct airdelta_manifest *manifest, int *is_integrated);

#endif
