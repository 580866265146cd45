/*
 * The device's half of adaptive data rate: noticing that nobody answers (LoRaWAN 1.0.4, section
 * 4.3.1.1).
 */
#ifndef LORAWAN_ADAPTIVE_RATE_H
#define LORAWAN_ADAPTIVE_RATE_H

#include <stdbool.h>
#include <stdint.h>

void adaptive_rate_reset(void);

/* Counts an uplink; after too many without an answer, power and then data rate fall back. */
void adaptive_rate_uplink_sent(void);

/* Any valid downlink shows that the network hears us. */
void adaptive_rate_downlink_received(void);

/* Whether the next uplink must ask for an answer. */
bool adaptive_rate_wants_answer(void);

/* Uplinks since the last downlink. */
uint32_t adaptive_rate_unanswered(void);

#endif
