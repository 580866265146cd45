/* An SHT3x that answers single-shot measurements. */
#include "drivers/hygrometer.h"
#include "lib/byte_order.h"
#include "lib/checksums.h"
#include "simulation/environment.h"
#include "simulation/sensor_models.h"

static uint8_t answer[HYGROMETER_ANSWER_BYTES];
static bool measured;

static void answer_word(uint8_t *to, int32_t value, int32_t span)
{
    put_be16(to, (uint16_t)((int64_t)value * 65535 / span));
    to[2] = crc8(to, 2);
}

static bool model_write(const uint8_t *bytes, size_t size)
{
    if (size != 2 || get_be16(bytes) != HYGROMETER_MEASURE) {
        return false;
    }
    struct weather weather = environment_weather();
    answer_word(answer, weather.temperature_centi_c + 4500, 17500);
    answer_word(answer + 3, weather.humidity_centi_percent, 10000);
    measured = true;
    return true;
}

static bool model_read(uint8_t *bytes, size_t size)
{
    if (!measured || size != sizeof answer) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        bytes[i] = answer[i];
    }
    measured = false;
    return true;
}

const struct sensor_model hygrometer_model = {HYGROMETER_ADDRESS, model_write, model_read};
