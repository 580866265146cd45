/*
 * The payload of a report, format 2: a format byte, a bit map of the channels that follow, the
 * alarms, then each value as an offset from the least one in as many bits as its range needs. Half
 * the size of the Cayenne payload that the 1.x releases sent.
 */
#ifndef APP_REPORT_H
#define APP_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "app/sampler.h"

#define REPORT_FORMAT 2

/* Writes as many values as fit, the most important first; returns the bytes used. */
size_t report_encode(const struct measurement *measurement, uint8_t alarms, uint8_t *to,
                     size_t limit);

#endif
