/* How reliably each sensor answers: what a technician looks at before blaming the cable. */
#ifndef DRIVERS_SENSOR_HEALTH_H
#define DRIVERS_SENSOR_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A measurement is tried this often before it counts as failed. */
#define SENSOR_ATTEMPTS 3

struct sensor_health {
    const char *name;
    uint8_t address;
    uint32_t readings;
    uint32_t repeated; /* readings that needed more than one attempt */
    uint32_t failed;
    uint32_t failed_in_a_row;
};

enum sensor { SENSOR_HYGROMETER, SENSOR_BAROMETER, SENSOR_SOIL_PROBE, SENSOR_COUNT };

/* Records the outcome of one measurement. */
void sensor_health_record(enum sensor sensor, unsigned attempts, bool succeeded);

const struct sensor_health *sensor_health(enum sensor sensor);

/* Share of readings that failed, in hundredths of a percent. */
int32_t sensor_health_failure_centi_percent(enum sensor sensor);

#endif
