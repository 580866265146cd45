/* Measuring: every sample period all sensors are read, filtered and counted. */
#ifndef APP_SAMPLER_H
#define APP_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/statistics.h"

enum channel {
    CHANNEL_TEMPERATURE,
    CHANNEL_HUMIDITY,
    CHANNEL_PRESSURE,
    CHANNEL_DEW_POINT,
    CHANNEL_SEA_LEVEL,
    CHANNEL_BATTERY_VOLTAGE,
    CHANNEL_BATTERY_CHARGE,
    CHANNEL_COUNT
};

struct channel_info {
    const char *name;
    const char *unit;
    unsigned decimals; /* of the integer that stands for the value: 2 means hundredths */
};

struct measurement {
    uint32_t time_ms;
    uint32_t valid; /* bit i: values[i] was measured */
    int32_t values[CHANNEL_COUNT];
};

/* Starts the sensors. */
void sampler_init(void);

/* A task: takes one measurement. */
void sampler_run(uint32_t now_ms);

/* The last measurement. */
const struct measurement *sampler_latest(void);

/* A channel's statistics since reset or sampler_clear. */
const struct statistics *sampler_statistics(enum channel channel);
void sampler_clear(void);

const struct channel_info *channel_info(enum channel channel);

/* Whether a measurement has a value for a channel. */
bool measurement_has(const struct measurement *measurement, enum channel channel);

#endif
