/* Over-the-air activation (LoRaWAN 1.0.4, section 6.2). */
#ifndef LORAWAN_JOIN_H
#define LORAWAN_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lorawan/node.h"

#define JOIN_REQUEST_BYTES 23

/* Builds a request with the next DevNonce, which is stored first so that it is never used twice. */
bool join_request_build(struct lorawan_node *node, uint8_t frame[JOIN_REQUEST_BYTES]);

/* Whether a frame claims to be a join accept. */
bool join_is_accept(const uint8_t *frame, size_t size);

/* Checks an accept to the last request and begins the session; false when it is not genuine. */
bool join_accept(struct lorawan_node *node, const uint8_t *frame, size_t size);

#endif
