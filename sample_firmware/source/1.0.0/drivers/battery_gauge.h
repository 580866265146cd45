/* The battery: its voltage and the charge that is left. */
#ifndef DRIVERS_BATTERY_GAUGE_H
#define DRIVERS_BATTERY_GAUGE_H

#include <stdint.h>

struct battery_reading {
    int32_t voltage_mv;
    int32_t charge_percent;
};

/* Measures the cell under light load. */
struct battery_reading battery_gauge_read(int32_t temperature_centi_c);

/* DevStatusAns wants 1 (empty) to 254 (full), LoRaWAN 1.0.4 section 5.5. */
uint8_t battery_gauge_lorawan_level(const struct battery_reading *reading);

#endif
