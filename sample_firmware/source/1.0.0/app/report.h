/*
 * The payload of a report: values as channel, type, big-endian number, with the types of the
 * Cayenne Low Power Payload, which network servers decode without being taught.
 */
#ifndef APP_REPORT_H
#define APP_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "app/sampler.h"

/* Writes as many values as fit, the most important first; returns the bytes used. */
size_t report_encode(const struct measurement *measurement, uint8_t alarms, uint8_t *to,
                     size_t limit);

#endif
