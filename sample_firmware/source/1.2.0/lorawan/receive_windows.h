/* Where and when a class A device listens after an uplink (LoRaWAN 1.0.4, section 3.3). */
#ifndef LORAWAN_RECEIVE_WINDOWS_H
#define LORAWAN_RECEIVE_WINDOWS_H

#include <stdint.h>

#include "lorawan/node.h"

#define RECEIVE_WINDOWS 2

struct receive_window {
    uint32_t opens_ms; /* uptime */
    uint32_t frequency_hz;
    uint8_t data_rate;
    uint16_t listens_ms; /* long enough to notice a preamble */
};

/* Plans both windows after a frame at the session's data rate that ended at ended_ms. */
void receive_windows_plan(const struct lorawan_node *node, uint32_t frequency_hz, uint32_t ended_ms,
                          struct receive_window windows[RECEIVE_WINDOWS]);

#endif
