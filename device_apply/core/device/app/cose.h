/* COSE_Sign1 (RFC 9052 section 4.2), as far as manifests and authorisations have it in common. */
#ifndef AIRDELTA_DV_COSE_H
#define AIRDELTA_DV_COSE_H

#include "cbor_reader.h"

/* Read tag, protected header and the empty unprotected one; the algorithm that is named. Payload
 * and signature follow. */
int32_t dv_read_sign1_headers(struct dv_reader *reader);

/* Read a signature of that algorithm: its bytes and how many, or NULL. */
const uint8_t *dv_read_signature(struct dv_reader *reader, int32_t algorithm, uint32_t *count);

/* Begin what is signed (RFC 9052 section 4.4): array, "Signature1", << {1: algorithm} >>; how many
 * bytes that takes. */
#define DV_MOST_SIGNED_HEAD_BYTES 17u
uint32_t dv_write_signed_head(uint8_t bytes[DV_MOST_SIGNED_HEAD_BYTES], int32_t algorithm);

#endif
