/* Tables of CRC-32 for four bytes at a time. */
#ifndef LIB_CRC32_TABLE_H
#define LIB_CRC32_TABLE_H

#include <stdint.h>

/* Row k: the CRC of a byte that k zero bytes follow. */
extern const uint32_t crc32_table[4][256];

#endif
