#include "drivers/barometer.h"

#include "drivers/sensor_bus.h"
#include "lib/byte_order.h"

static uint16_t calibration[BAROMETER_PROM_WORDS];
static bool calibrated;

uint8_t barometer_prom_crc(const uint16_t prom[BAROMETER_PROM_WORDS])
{
    uint16_t remainder = 0;
    for (int i = 0; i < 2 * BAROMETER_PROM_WORDS; i++) {
        uint16_t word = prom[i / 2];
        if (i / 2 == BAROMETER_PROM_WORDS - 1) {
            word &= 0xFF00u; /* the CRC itself counts as zero */
        }
        remainder ^= (i % 2 == 0) ? (uint16_t)(word >> 8) : (uint16_t)(word & 0xFFu);
        for (int bit = 0; bit < 8; bit++) {
            bool carry = (remainder & 0x8000u) != 0;
            remainder = (uint16_t)(remainder << 1);
            if (carry) {
                remainder ^= 0x3000u;
            }
        }
    }
    return (uint8_t)(remainder >> 12);
}

bool barometer_init(void)
{
    static const uint8_t reset = BAROMETER_RESET;
    calibrated = false;
    if (!sensor_bus_write(BAROMETER_ADDRESS, &reset, 1)) {
        return false;
    }
    for (int i = 0; i < BAROMETER_PROM_WORDS; i++) {
        uint8_t command = (uint8_t)(BAROMETER_READ_PROM + 2u * (unsigned)i);
        uint8_t word[2];
        if (!sensor_bus_write(BAROMETER_ADDRESS, &command, 1) ||
            !sensor_bus_read(BAROMETER_ADDRESS, word, sizeof word)) {
            return false;
        }
        calibration[i] = get_be16(word);
    }
    uint8_t stored_crc = calibration[BAROMETER_PROM_WORDS - 1] & 0xFu;
    calibrated = stored_crc == barometer_prom_crc(calibration);
    return calibrated;
}

static bool convert(uint8_t command, uint32_t *raw)
{
    static const uint8_t read_adc = BAROMETER_READ_ADC;
    uint8_t bytes[3];
    if (!sensor_bus_write(BAROMETER_ADDRESS, &command, 1) ||
        !sensor_bus_write(BAROMETER_ADDRESS, &read_adc, 1) ||
        !sensor_bus_read(BAROMETER_ADDRESS, bytes, sizeof bytes)) {
        return false;
    }
    *raw = get_be24(bytes);
    return true;
}

bool barometer_read(struct barometer_reading *reading)
{
    uint32_t raw_pressure;
    uint32_t raw_temperature;
    if (!calibrated || !convert(BAROMETER_CONVERT_PRESSURE, &raw_pressure) ||
        !convert(BAROMETER_CONVERT_TEMPERATURE, &raw_temperature)) {
        return false;
    }
    *reading = barometer_compensate(calibration, raw_pressure, raw_temperature);
    return true;
}

/* Division by powers of two as the data sheet writes it: an arithmetic shift. */
struct barometer_reading barometer_compensate(const uint16_t prom[BAROMETER_PROM_WORDS],
                                              uint32_t raw_pressure, uint32_t raw_temperature)
{
    int64_t difference = (int64_t)raw_temperature - ((int64_t)prom[5] << 8);
    int64_t temperature = 2000 + ((difference * prom[6]) >> 23);
    int64_t offset = ((int64_t)prom[2] << 16) + ((prom[4] * difference) >> 7);
    int64_t sensitivity = ((int64_t)prom[1] << 15) + ((prom[3] * difference) >> 8);

    if (temperature < 2000) { /* second order, data sheet figure 3 */
        int64_t below_20 = temperature - 2000;
        int64_t square = below_20 * below_20;
        int64_t second_offset = 5 * square / 2;
        int64_t second_sensitivity = 5 * square / 4;
        if (temperature < -1500) {
            int64_t below_minus_15 = temperature + 1500;
            second_offset += 7 * below_minus_15 * below_minus_15;
            second_sensitivity += 11 * below_minus_15 * below_minus_15 / 2;
        }
        temperature -= (difference * difference) >> 31;
        offset -= second_offset;
        sensitivity -= second_sensitivity;
    }
    struct barometer_reading reading = {
        .temperature_centi_c = (int32_t)temperature,
        .pressure_pa = (int32_t)((((raw_pressure * sensitivity) >> 21) - offset) >> 15),
    };
    return reading;
}
