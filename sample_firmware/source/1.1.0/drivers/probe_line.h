/*
 * The single-wire line to the soil probe (SDI-12: 1200 baud, half duplex). On this board
 * simulation/soil_probe_model.c answers at its other end.
 */
#ifndef DRIVERS_PROBE_LINE_H
#define DRIVERS_PROBE_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* Sends a command such as "0MC!" and takes the answer up to its CR LF, which is left out. */
bool probe_line_exchange(const char *command, char *answer, size_t limit);

#endif
