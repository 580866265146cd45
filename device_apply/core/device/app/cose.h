/* COSE_Sign1 (RFC 9052 section 4.2), as far as manifests and authorisations have it in common. */
#ifndef AIRDELTA_DV_COSE_H
#define AIRDELTA_DV_COSE_H

#include "cbor_reader.h"

/* Read tag, protected header and the empty unprotected one; the algorithm that is named. Payload
 * and signature follow. */
int32_t dv_read_sign1_headers(struct dv_reader *reader);

#endif
