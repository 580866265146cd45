/* Integers in flash are little-endian, whatever the processor. */
#ifndef AIRDELTA_DV_BYTES_H
#define AIRDELTA_DV_BYTES_H

#include <stdint.h>

static inline uint32_t dv_get_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static inline void dv_put_u32(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
    bytes[2] = (uint8_t)(value >> 16);
    bytes[3] = (uint8_t)(value >> 24);
}

static inline uint32_t dv_get_u16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

static inline void dv_put_u16(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

static inline uint32_t dv_min(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static inline uint32_t dv_round_up(uint32_t value, uint32_t unit)
{
    return (value + unit - 1u) / unit * unit;
}

#endif
