/*
 * The device's half of adaptive data rate: noticing that nobody answers (LoRaWAN 1.0.4, section
 * 4.3.1.1).
 */
#ifndef LORAWAN_ADAPTIVE_RATE_H
#define LORAWAN_ADAPTIVE_RATE_H

#include <stdbool.h>

#include "lorawan/node.h"

void adaptive_rate_reset(struct lorawan_node *node);

/* Counts an uplink; after too many without an answer, power and then data rate fall back. */
void adaptive_rate_uplink_sent(struct lorawan_node *node);

/* Any valid downlink shows that the network hears us. */
void adaptive_rate_downlink_received(struct lorawan_node *node);

/* Whether the next uplink must ask for an answer. */
bool adaptive_rate_wants_answer(const struct lorawan_node *node);

#endif
