/* Checksums of the node's formats and sensors. */
#ifndef LIB_CHECKSUMS_H
#define LIB_CHECKSUMS_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 of IEEE 802.3, as zip and PNG use it; of "123456789": 0xCBF43926. */
uint32_t crc32(const void *data, size_t size);

/* Continues crc32 over more data; crc32(x) is crc32_continue(0, x). */
uint32_t crc32_continue(uint32_t crc, const void *data, size_t size);

/* CRC-8 of Sensirion sensors (polynomial 0x31, start 0xFF); of BE EF: 0x92. */
uint8_t crc8(const uint8_t *data, size_t size);

#endif
