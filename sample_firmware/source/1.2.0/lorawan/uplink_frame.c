#include "lorawan/uplink_frame.h"

#include <string.h>

#include "lib/byte_order.h"
#include "lorawan/adaptive_rate.h"
#include "lorawan/frame_security.h"
#include "lorawan/frame_types.h"
#include "lorawan/mac_commands.h"
#include "lorawan/region.h"

size_t uplink_frame_room(const struct lorawan_node *node)
{
    size_t limit = region_data_rate(node->session.data_rate)->payload_bytes;
    size_t options = mac_commands_pending(node);
    return limit > options ? limit - options : 0;
}

static uint8_t frame_control(struct lorawan_node *node, size_t option_bytes)
{
    uint8_t control = (uint8_t)option_bytes;
    if (node->adaptive_rate) {
        control |= FCTRL_ADR;
        if (adaptive_rate_wants_answer(node)) {
            control |= FCTRL_ADR_ACK_REQUEST;
        }
    }
    if (node->session.acknowledge) {
        control |= FCTRL_ACK;
        node->session.acknowledge = false;
    }
    return control;
}

size_t uplink_frame_build(struct lorawan_node *node, const struct uplink *uplink,
                          uint8_t frame[LORAWAN_FRAME_BYTES])
{
    if (uplink->payload_bytes > uplink_frame_room(node)) {
        return 0;
    }
    struct frame_identity identity = {
        .direction = DIRECTION_UP,
        .address = node->session.device_address,
        .counter = node->session.uplink_counter++,
    };
    size_t size = LORAWAN_HEADER_BYTES;
    size_t options = mac_commands_take(node, frame + size, LORAWAN_OPTIONS_BYTES);
    frame[0] = uplink->confirmed ? MHDR_CONFIRMED_UP : MHDR_UNCONFIRMED_UP;
    put_le32(frame + 1, identity.address);
    frame[5] = frame_control(node, options);
    put_le16(frame + 6, (uint16_t)identity.counter);
    size += options;

    if (uplink->payload_bytes > 0) {
        frame[size++] = uplink->port;
        memcpy(frame + size, uplink->payload, uplink->payload_bytes);
        frame_crypt(node->session.application_key, &identity, frame + size,
                    uplink->payload_bytes);
        size += uplink->payload_bytes;
    }
    frame_integrity_code(node->session.network_key, &identity, frame, size, frame + size);
    return size + LORAWAN_MIC_BYTES;
}
