/*
 * The world around the node: a day passes in 24 minutes of uptime, so that a short session sees the
 * weather change. The same uptime always gives the same weather.
 */
#ifndef SIMULATION_ENVIRONMENT_H
#define SIMULATION_ENVIRONMENT_H

#include <stdint.h>

struct weather {
    int32_t temperature_centi_c;
    int32_t humidity_centi_percent;
    int32_t pressure_pa;
};

struct weather environment_weather(void);

/* What the ADC at the battery reads; it falls with time and with each transmission. */
int32_t environment_battery_adc(void);

/* Tells the battery that a frame was sent. */
void environment_drain(uint32_t charge_uas);

#endif
