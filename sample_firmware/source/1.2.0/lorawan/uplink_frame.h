/* Building data frames to the network. */
#ifndef LORAWAN_UPLINK_FRAME_H
#define LORAWAN_UPLINK_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lorawan/limits.h"
#include "lorawan/node.h"

struct uplink {
    uint8_t port;
    bool confirmed;
    const uint8_t *payload;
    size_t payload_bytes;
};

/* Application bytes that fit now, pending MAC answers considered. */
size_t uplink_frame_room(const struct lorawan_node *node);

/*
 * Builds the session's next frame and moves its counter on. Pending MAC answers travel in FOpts.
 * Returns the frame's size, or 0 when the payload does not fit the data rate.
 */
size_t uplink_frame_build(struct lorawan_node *node, const struct uplink *uplink,
                          uint8_t frame[LORAWAN_FRAME_BYTES]);

#endif
