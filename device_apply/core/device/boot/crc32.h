/* CRC-32 as in zlib (ISO 3309, reflected 0x04C11DB7): tells torn records from whole ones. */
#ifndef AIRDELTA_DV_CRC32_H
#define AIRDELTA_DV_CRC32_H

#include <stdint.h>

/* Continue `crc` (0 at the start) over `count` bytes. */
uint32_t dv_crc32(uint32_t crc, const uint8_t *bytes, uint32_t count);

#endif
