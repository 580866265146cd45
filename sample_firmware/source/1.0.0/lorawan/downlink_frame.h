/* Checking and reading data frames from the network. */
#ifndef LORAWAN_DOWNLINK_FRAME_H
#define LORAWAN_DOWNLINK_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lorawan/limits.h"

enum downlink_result {
    DOWNLINK_ACCEPTED,
    DOWNLINK_TOO_SHORT,
    DOWNLINK_WRONG_TYPE,
    DOWNLINK_OTHER_DEVICE,
    DOWNLINK_REPLAYED,
    DOWNLINK_FORGED,
    DOWNLINK_NO_SESSION,
    DOWNLINK_RESULTS
};

struct downlink {
    bool acknowledges; /* ACK was set: our last confirmed uplink arrived */
    uint8_t port; /* 0 when there is no application payload */
    size_t payload_bytes;
    uint8_t payload[LORAWAN_PAYLOAD_BYTES];
};

/*
 * Checks type, address, counter and integrity code, in this order, before anything is used; then
 * decrypts the payload and lets MAC commands act.
 */
enum downlink_result downlink_frame_accept(const uint8_t *frame, size_t size,
                                           struct downlink *downlink);

/* What to call a result in a report. */
const char *downlink_result_text(enum downlink_result result);

#endif
