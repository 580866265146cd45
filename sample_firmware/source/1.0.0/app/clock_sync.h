/* Clock synchronisation at application level (LoRa Alliance TS003-1.0.0), port 202. */
#ifndef APP_CLOCK_SYNC_H
#define APP_CLOCK_SYNC_H

#include <stddef.h>
#include <stdint.h>

#include "app/link.h"

#define CLOCK_SYNC_PORT 202

/* Asks the application server for a correction, with the answers that are waiting. */
enum link_result clock_sync_request(void);

/* Acts on a downlink of the package. */
void clock_sync_handle(const uint8_t *payload, size_t size);

/* A task: asks again after the period that the server set. */
void clock_sync_run(uint32_t now_ms);

#endif
