/* Quantities that are calculated from measured ones. */
#ifndef APP_DERIVED_H
#define APP_DERIVED_H

#include <stdint.h>

/* Dew point by the Magnus formula (WMO-No. 8, annex 4.B), in hundredths of a degree. */
int32_t derived_dew_point(int32_t temperature_centi_c, int32_t humidity_centi_percent);

/* Pressure reduced to sea level with the ICAO standard atmosphere (Doc 7488). */
int32_t derived_sea_level_pressure(int32_t pressure_pa, int32_t altitude_m);

#endif
