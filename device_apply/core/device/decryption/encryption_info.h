/* What a manifest says about an encrypted payload: COSE_Encrypt, SPEC.md section 9. */
#ifndef AIRDELTA_DV_ENCRYPTION_INFO_H
#define AIRDELTA_DV_ENCRYPTION_INFO_H

#include "airdelta_device.h"
#include "airdelta_keys.h"
#include "cbor_reader.h"

/* Read the encryption information that is all of `info`; whether it is canonical and exactly of our
 * profile. `recipients` is left before the first of `count` recipients. */
int dv_encryption_read(struct dv_reader *info, struct airdelta_encryption *encryption,
                       struct dv_reader *recipients, uint32_t *count);

/* Read the next recipient: of an information that was read before, from its first recipient on. */
void dv_recipient_read(struct dv_reader *reader, struct airdelta_recipient *recipient);

#endif
