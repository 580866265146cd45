/* Tables of the cipher. */
#ifndef CRYPTO_AES128_TABLES_H
#define CRYPTO_AES128_TABLES_H

#include <stdint.h>

/* The S-box: FIPS 197, figure 7. */
extern const uint8_t aes128_substitution[256];

/*
 * SubBytes and MixColumns of one byte in the first row: (2, 1, 1, 3) times the S-box's value, most
 * significant byte first. The other rows are rotations of it (Daemen and Rijmen, "The Design of
 * Rijndael", section 4.2).
 */
extern const uint32_t aes128_mixed[256];

#endif
