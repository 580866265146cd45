/* Whom this device believes. */
#ifndef EXAMPLE_VERIFIER_H
#define EXAMPLE_VERIFIER_H

#include <stdint.h>

/* Whether the vendor's key made `signature` over a message. */
int verifier_accepts(int32_t algorithm, const uint8_t *message, uint32_t count,
                     const uint8_t *signature, uint32_t signature_bytes);

#endif
