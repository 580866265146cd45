/*
 * A soil probe on an SDI-12 line (SDI-12 specification 1.4): permittivity, temperature and
 * conductivity, and the water content that follows from them.
 */
#ifndef DRIVERS_SOIL_PROBE_H
#define DRIVERS_SOIL_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOIL_PROBE_ADDRESS '0'
#define SOIL_PROBE_VALUES 3
#define SOIL_PROBE_ANSWER_BYTES 80 /* specification, section 4.4: 75 characters of values */

struct soil_reading {
    int32_t permittivity_centi;
    int32_t temperature_centi_c;
    int32_t conductivity_us_cm; /* of the bulk soil, at 25 degrees */
    int32_t water_centi_percent;
};

/* Measures; false when the probe does not answer or its CRC is wrong. */
bool soil_probe_read(struct soil_reading *reading);

/* Asks what the probe is: maker, model and version as it sends them. */
bool soil_probe_identify(char *text, size_t limit);

/* Volumetric water content from permittivity (Topp, Davis and Annan 1980, equation 7). */
int32_t soil_probe_water_centi_percent(int32_t permittivity_centi);

/* The CRC of section 4.4.12, as the three characters that are sent. */
void soil_probe_crc(const char *text, size_t size, char crc[3]);

#endif
