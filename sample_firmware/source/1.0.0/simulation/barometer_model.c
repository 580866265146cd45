/* An MS5611: the inverse of the driver's formulas, first order only, as the silicon behaves. */
#include "drivers/barometer.h"
#include "lib/byte_order.h"
#include "simulation/environment.h"
#include "simulation/sensor_models.h"

/* C1 to C6 are the typical values of the data sheet; the CRC is filled in when word 7 is read. */
static const uint16_t prom[BAROMETER_PROM_WORDS] = {
    0x0000, 40127, 36924, 23317, 23282, 33464, 28312, 0x0000,
};

static uint8_t answer[3];
static size_t answer_bytes;

static uint32_t raw_temperature(const struct weather *weather)
{
    int64_t difference = ((int64_t)(weather->temperature_centi_c - 2000) << 23) / prom[6];
    return (uint32_t)(((int64_t)prom[5] << 8) + difference);
}

static uint32_t raw_pressure(const struct weather *weather)
{
    int64_t difference = (int64_t)raw_temperature(weather) - ((int64_t)prom[5] << 8);
    int64_t offset = ((int64_t)prom[2] << 16) + ((prom[4] * difference) >> 7);
    int64_t sensitivity = ((int64_t)prom[1] << 15) + ((prom[3] * difference) >> 8);
    return (uint32_t)(((((int64_t)weather->pressure_pa << 15) + offset) << 21) / sensitivity);
}

static void answer_adc(uint32_t raw)
{
    answer[0] = (uint8_t)(raw >> 16);
    answer[1] = (uint8_t)(raw >> 8);
    answer[2] = (uint8_t)raw;
    answer_bytes = 3;
}

static void answer_prom(unsigned index)
{
    uint16_t word = prom[index];
    if (index == BAROMETER_PROM_WORDS - 1) {
        word |= barometer_prom_crc(prom);
    }
    put_be16(answer, word);
    answer_bytes = 2;
}

static bool model_write(const uint8_t *bytes, size_t size)
{
    if (size != 1) {
        return false;
    }
    struct weather weather = environment_weather();
    uint8_t command = bytes[0];
    if (command == BAROMETER_RESET) {
        answer_bytes = 0;
    } else if (command == BAROMETER_CONVERT_PRESSURE) {
        answer_adc(raw_pressure(&weather));
    } else if (command == BAROMETER_CONVERT_TEMPERATURE) {
        answer_adc(raw_temperature(&weather));
    } else if (command >= BAROMETER_READ_PROM) {
        answer_prom((command >> 1) & 7u);
    } else {
        return command == BAROMETER_READ_ADC; /* the result of the last conversion stays */
    }
    return true;
}

static bool model_read(uint8_t *bytes, size_t size)
{
    if (size != answer_bytes) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        bytes[i] = answer[i];
    }
    return true;
}

const struct sensor_model barometer_model = {BAROMETER_ADDRESS, model_write, model_read};
