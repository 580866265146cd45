/*
 * The two-wire bus to the sensors. On this board simulation/sensor_bus.c answers in their place.
 */
#ifndef DRIVERS_SENSOR_BUS_H
#define DRIVERS_SENSOR_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both return false when the device does not acknowledge. */
bool sensor_bus_write(uint8_t address, const uint8_t *bytes, size_t size);
bool sensor_bus_read(uint8_t address, uint8_t *bytes, size_t size);

#endif
