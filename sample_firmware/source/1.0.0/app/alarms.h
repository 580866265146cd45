/*
 * Alarms: a limit that is passed three times in a row raises one, and it stays until the value is
 * back inside by a margin, so that a value at the limit does not flap.
 */
#ifndef APP_ALARMS_H
#define APP_ALARMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/sampler.h"

enum alarm {
    ALARM_TEMPERATURE_LOW,
    ALARM_TEMPERATURE_HIGH,
    ALARM_HUMIDITY_HIGH,
    ALARM_BATTERY_LOW,
    ALARM_COUNT
};

/* A task: compares the latest measurement with the limits in the settings. */
void alarms_run(uint32_t now_ms);

/* Bit i is set while alarm i is raised. */
uint8_t alarms_raised(void);

/* Whether an alarm was raised or cleared since the last call: a reason to report early. */
bool alarms_take_change(void);

const char *alarm_name(enum alarm alarm);
int32_t alarm_limit(enum alarm alarm);
enum channel alarm_channel(enum alarm alarm);

#endif
