#include "app/report.h"

#include "lib/byte_order.h"
#include "lib/fixed_point.h"

/* Types of the Cayenne LPP: IPSO object number minus 3200. */
enum lpp_type {
    LPP_DIGITAL_INPUT = 0,
    LPP_ANALOG_INPUT = 2,
    LPP_TEMPERATURE = 103,
    LPP_HUMIDITY = 104,
    LPP_PRESSURE = 115,
};

#define ALARM_LPP_CHANNEL 0

/* How a channel travels: our integer divided by divisor, in `bytes` bytes. */
struct encoding {
    enum channel channel;
    uint8_t type;
    uint8_t bytes;
    int32_t divisor;
};

static const struct encoding encodings[] = {
    {CHANNEL_TEMPERATURE, LPP_TEMPERATURE, 2, 10},     /* 0.1 degrees */
    {CHANNEL_HUMIDITY, LPP_HUMIDITY, 1, 50},           /* 0.5 percent */
    {CHANNEL_PRESSURE, LPP_PRESSURE, 2, 10},           /* 0.1 hPa */
    {CHANNEL_SOIL_WATER, LPP_HUMIDITY, 1, 50},
    {CHANNEL_SOIL_TEMPERATURE, LPP_TEMPERATURE, 2, 10},
    {CHANNEL_BATTERY_VOLTAGE, LPP_ANALOG_INPUT, 2, 10}, /* 0.01 V */
    {CHANNEL_DEW_POINT, LPP_TEMPERATURE, 2, 10},
    {CHANNEL_SEA_LEVEL, LPP_PRESSURE, 2, 10},
    {CHANNEL_BATTERY_CHARGE, LPP_HUMIDITY, 1, 1},
};

static size_t encode_value(const struct encoding *encoding, int32_t value, uint8_t *to)
{
    int32_t scaled = divide_rounded(value, encoding->divisor);
    to[0] = (uint8_t)(encoding->channel + 1);
    to[1] = encoding->type;
    if (encoding->bytes == 1) {
        to[2] = (uint8_t)clamp_i32(scaled, 0, 255);
    } else {
        put_be16(to + 2, (uint16_t)clamp_i32(scaled, -32768, 32767));
    }
    return 2u + encoding->bytes;
}

size_t report_encode(const struct measurement *measurement, uint8_t alarms, uint8_t *to,
                     size_t limit)
{
    size_t size = 0;
    if (alarms != 0 && limit >= 3) {
        to[size++] = ALARM_LPP_CHANNEL;
        to[size++] = LPP_DIGITAL_INPUT;
        to[size++] = alarms;
    }
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        const struct encoding *encoding = &encodings[i];
        if (!measurement_has(measurement, encoding->channel)) {
            continue;
        }
        if (size + 2u + encoding->bytes > limit) {
            break;
        }
        size += encode_value(encoding, measurement->values[encoding->channel], to + size);
    }
    return size;
}
