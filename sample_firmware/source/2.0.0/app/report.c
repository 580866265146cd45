#include "app/report.h"

#include <string.h>

#include "lib/byte_order.h"
#include "lib/fixed_point.h"

#define HEADER_BYTES 4 /* format, two bytes of channel map, alarms */

/* A value v travels as (v - least) / step, in `bits` bits. */
struct field {
    enum channel channel;
    uint8_t bits;
    int32_t least;
    int32_t step;
};

static const struct field fields[] = {
    {CHANNEL_TEMPERATURE, 11, -5000, 10},    /* -50 to 154.7 degrees by 0.1 */
    {CHANNEL_HUMIDITY, 8, 0, 50},            /* 0 to 127.5 percent by 0.5 */
    {CHANNEL_PRESSURE, 13, 30000, 10},       /* 300 to 1119 hPa by 0.1 */
    {CHANNEL_SOIL_WATER, 8, 0, 25},          /* 0 to 63.75 percent by 0.25 */
    {CHANNEL_SOIL_TEMPERATURE, 10, -2500, 10},
    {CHANNEL_BATTERY_VOLTAGE, 8, 1800, 10},  /* 1.8 to 4.35 V by 0.01 */
    {CHANNEL_BATTERY_CHARGE, 7, 0, 1},
    {CHANNEL_DEW_POINT, 11, -8000, 10},
    {CHANNEL_SEA_LEVEL, 12, 80000, 10},
};

/* Bits are appended most significant first. */
struct bit_writer {
    uint8_t *bytes;
    size_t used_bits;
};

static void write_bits(struct bit_writer *writer, uint32_t value, unsigned bits)
{
    for (unsigned i = bits; i-- > 0; writer->used_bits++) {
        uint8_t mask = (uint8_t)(0x80u >> (writer->used_bits % 8));
        if (value & (1u << i)) {
            writer->bytes[writer->used_bits / 8] |= mask;
        }
    }
}

static uint32_t scaled(const struct field *field, int32_t value)
{
    int32_t most = (int32_t)((1u << field->bits) - 1u);
    return (uint32_t)clamp_i32(divide_rounded((int64_t)value - field->least, field->step), 0, most);
}

size_t report_encode(const struct measurement *measurement, uint8_t alarms, uint8_t *to,
                     size_t limit)
{
    if (limit < HEADER_BYTES) {
        return 0;
    }
    memset(to, 0, limit);
    struct bit_writer writer = {.bytes = to, .used_bits = 8 * HEADER_BYTES};
    uint16_t map = 0;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const struct field *field = &fields[i];
        if (!measurement_has(measurement, field->channel)) {
            continue;
        }
        if (writer.used_bits + field->bits > 8 * limit) {
            break;
        }
        map |= (uint16_t)(1u << i);
        write_bits(&writer, scaled(field, measurement->values[field->channel]), field->bits);
    }
    to[0] = REPORT_FORMAT;
    put_be16(to + 1, map);
    to[3] = alarms;
    return (writer.used_bits + 7) / 8;
}
