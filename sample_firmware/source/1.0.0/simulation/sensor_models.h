/* Register-level models of the sensors: what their silicon answers on the bus. */
#ifndef SIMULATION_SENSOR_MODELS_H
#define SIMULATION_SENSOR_MODELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sensor_model {
    uint8_t address;
    bool (*write)(const uint8_t *bytes, size_t size);
    bool (*read)(uint8_t *bytes, size_t size);
};

extern const struct sensor_model barometer_model;
extern const struct sensor_model hygrometer_model;

#endif
