/*
 * The barometer: MS5611-01BA03 (Measurement Specialties). Formulas and example values: its data
 * sheet, "Pressure and temperature calculation"; the CRC: application note AN520.
 */
#ifndef DRIVERS_BAROMETER_H
#define DRIVERS_BAROMETER_H

#include <stdbool.h>
#include <stdint.h>

#define BAROMETER_ADDRESS 0x77u
#define BAROMETER_PROM_WORDS 8

#define BAROMETER_RESET 0x1Eu
#define BAROMETER_READ_ADC 0x00u
#define BAROMETER_CONVERT_PRESSURE 0x48u    /* D1, oversampling 4096 */
#define BAROMETER_CONVERT_TEMPERATURE 0x58u /* D2, oversampling 4096 */
#define BAROMETER_READ_PROM 0xA0u           /* plus twice the word's index */

struct barometer_reading {
    int32_t temperature_centi_c;
    int32_t pressure_pa;
};

/* Resets the sensor and reads its calibration; false when it is absent or the CRC is wrong. */
bool barometer_init(void);

/* Measures; false when the sensor does not answer. */
bool barometer_read(struct barometer_reading *reading);

/* The calibration maths alone: raw pressure and temperature to physical values. */
struct barometer_reading barometer_compensate(const uint16_t prom[BAROMETER_PROM_WORDS],
                                              uint32_t raw_pressure, uint32_t raw_temperature);

/* The CRC-4 that word 7 carries in its low bits. */
uint8_t barometer_prom_crc(const uint16_t prom[BAROMETER_PROM_WORDS]);

#endif
