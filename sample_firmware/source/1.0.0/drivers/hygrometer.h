/* The humidity and temperature sensor: Sensirion SHT3x-DIS (data sheet sections 4.3 and 4.13). */
#ifndef DRIVERS_HYGROMETER_H
#define DRIVERS_HYGROMETER_H

#include <stdbool.h>
#include <stdint.h>

#define HYGROMETER_ADDRESS 0x44u
#define HYGROMETER_MEASURE 0x2400u /* high repeatability, no clock stretching */
#define HYGROMETER_ANSWER_BYTES 6  /* two words, a CRC-8 behind each */

struct hygrometer_reading {
    int32_t temperature_centi_c;
    int32_t humidity_centi_percent;
};

/* Measures; false when the sensor is absent or a CRC is wrong. */
bool hygrometer_read(struct hygrometer_reading *reading);

#endif
