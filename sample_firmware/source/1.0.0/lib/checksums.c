#include "lib/checksums.h"

#include <stdbool.h>

/* The CRC-32 of each half byte: 64 bytes of table for half the speed of a 1 KiB one. */
static const uint32_t nibble_table[16] = {
    0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
    0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
};

uint32_t crc32_continue(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = nibble_table[crc & 0xFu] ^ (crc >> 4);
        crc = nibble_table[crc & 0xFu] ^ (crc >> 4);
    }
    return ~crc;
}

uint32_t crc32(const void *data, size_t size)
{
    return crc32_continue(0, data, size);
}

uint8_t crc8(const uint8_t *data, size_t size)
{
    uint8_t crc = 0xFF;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            bool carry = (crc & 0x80u) != 0;
            crc = (uint8_t)(crc << 1);
            if (carry) {
                crc ^= 0x31;
            }
        }
    }
    return crc;
}
