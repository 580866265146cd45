/*
 * The history in as few bytes as possible, for a node that was out of reach: a count, then records
 * from the newest back, each value as the difference to the record before it, as a variable-length
 * integer whose lowest bit is the sign.
 */
#ifndef APP_HISTORY_UPLOAD_H
#define APP_HISTORY_UPLOAD_H

#include <stddef.h>
#include <stdint.h>

#define HISTORY_UPLOAD_PORT 3

/* Writes as many records as fit; returns the bytes used, 0 when there is no history. */
size_t history_upload_encode(uint8_t *to, size_t limit);

#endif
