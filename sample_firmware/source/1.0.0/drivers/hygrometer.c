#include "drivers/hygrometer.h"

#include "drivers/sensor_bus.h"
#include "lib/byte_order.h"
#include "lib/checksums.h"
#include "lib/fixed_point.h"

#define FULL_SCALE 65535

bool hygrometer_read(struct hygrometer_reading *reading)
{
    static const uint8_t measure[] = {HYGROMETER_MEASURE >> 8, HYGROMETER_MEASURE & 0xFFu};
    uint8_t answer[HYGROMETER_ANSWER_BYTES];
    if (!sensor_bus_write(HYGROMETER_ADDRESS, measure, sizeof measure) ||
        !sensor_bus_read(HYGROMETER_ADDRESS, answer, sizeof answer)) {
        return false;
    }
    if (crc8(answer, 2) != answer[2] || crc8(answer + 3, 2) != answer[5]) {
        return false;
    }
    /* T = -45 + 175 raw / 65535 degrees C; RH = 100 raw / 65535 percent. */
    reading->temperature_centi_c =
        divide_rounded(17500 * (int64_t)get_be16(answer), FULL_SCALE) - 4500;
    reading->humidity_centi_percent =
        divide_rounded(10000 * (int64_t)get_be16(answer + 3), FULL_SCALE);
    return true;
}
