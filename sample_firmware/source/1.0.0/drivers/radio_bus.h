/*
 * The SPI bus to the radio. On this board simulation/sx1262_model.c answers at its other end.
 */
#ifndef DRIVERS_RADIO_BUS_H
#define DRIVERS_RADIO_BUS_H

#include <stddef.h>
#include <stdint.h>

/* One transaction: size bytes out and, where in is not NULL, as many back. */
void radio_bus_transfer(const uint8_t *out, uint8_t *in, size_t size);

#endif
