#include "lib/checksums.h"

#include <stdbool.h>

#include "lib/byte_order.h"
#include "lib/crc32_table.h"

uint32_t crc32_continue(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    crc = ~crc;
    for (; size >= 4; size -= 4, bytes += 4) {
        crc ^= get_le32(bytes);
        crc = crc32_table[3][crc & 0xFFu] ^ crc32_table[2][(crc >> 8) & 0xFFu] ^
              crc32_table[1][(crc >> 16) & 0xFFu] ^ crc32_table[0][crc >> 24];
    }
    for (; size > 0; size--, bytes++) {
        crc = crc32_table[0][(crc ^ *bytes) & 0xFFu] ^ (crc >> 8);
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
