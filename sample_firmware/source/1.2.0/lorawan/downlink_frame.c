#include "lorawan/downlink_frame.h"

#include <string.h>

#include "crypto/cmac.h"
#include "lib/byte_order.h"
#include "lorawan/adaptive_rate.h"
#include "lorawan/frame_security.h"
#include "lorawan/frame_types.h"
#include "lorawan/mac_commands.h"

/* LoRaWAN 1.0.4, section 4.3.1.5: a counter that leaps further than this is not of this session. */
#define MAXIMUM_COUNTER_GAP 16384u

static const char *const result_texts[DOWNLINK_RESULTS] = {
    [DOWNLINK_ACCEPTED] = "accepted",
    [DOWNLINK_TOO_SHORT] = "too short",
    [DOWNLINK_WRONG_TYPE] = "wrong type",
    [DOWNLINK_OTHER_DEVICE] = "for another device",
    [DOWNLINK_REPLAYED] = "counter replayed",
    [DOWNLINK_FORGED] = "integrity code wrong",
    [DOWNLINK_NO_SESSION] = "not joined",
};

const char *downlink_result_text(enum downlink_result result)
{
    return result < DOWNLINK_RESULTS ? result_texts[result] : "unknown";
}

/* Extends the 16 bits on the air to the next full counter that ends in them. */
static uint32_t full_counter(const struct lorawan_node *node, uint16_t received)
{
    uint16_t ahead = (uint16_t)(received - (uint16_t)node->session.downlink_counter);
    return node->session.downlink_counter + ahead;
}

static enum downlink_result check(const struct lorawan_node *node, const uint8_t *frame,
                                  size_t size, struct frame_identity *identity)
{
    if (!node->session.active) {
        return DOWNLINK_NO_SESSION;
    }
    if (size < LORAWAN_HEADER_BYTES + LORAWAN_MIC_BYTES || size > LORAWAN_FRAME_BYTES) {
        return DOWNLINK_TOO_SHORT;
    }
    if (frame[0] != MHDR_UNCONFIRMED_DOWN && frame[0] != MHDR_CONFIRMED_DOWN) {
        return DOWNLINK_WRONG_TYPE;
    }
    if (get_le32(frame + 1) != node->session.device_address) {
        return DOWNLINK_OTHER_DEVICE;
    }
    identity->direction = DIRECTION_DOWN;
    identity->address = node->session.device_address;
    identity->counter = full_counter(node, get_le16(frame + 6));
    if (identity->counter - node->session.downlink_counter > MAXIMUM_COUNTER_GAP) {
        return DOWNLINK_REPLAYED;
    }
    uint8_t code[LORAWAN_MIC_BYTES];
    size_t covered = size - LORAWAN_MIC_BYTES;
    frame_integrity_code(node->session.network_key, identity, frame, covered, code);
    if (!constant_time_equal(code, frame + covered, LORAWAN_MIC_BYTES)) {
        return DOWNLINK_FORGED;
    }
    if (LORAWAN_HEADER_BYTES + (size_t)(frame[5] & FCTRL_OPTIONS_MASK) > covered) {
        return DOWNLINK_TOO_SHORT;
    }
    return DOWNLINK_ACCEPTED;
}

/* Port 0 carries MAC commands under the network key, every other port application bytes. */
static void take_payload(struct lorawan_node *node, const struct frame_identity *identity,
                         const uint8_t *bytes, size_t size, struct downlink *downlink)
{
    uint8_t port = bytes[0];
    size_t payload_bytes = size - 1;
    if (payload_bytes > sizeof downlink->payload) {
        return;
    }
    memcpy(downlink->payload, bytes + 1, payload_bytes);
    frame_crypt(port == 0 ? node->session.network_key : node->session.application_key,
                identity, downlink->payload, payload_bytes);
    if (port == 0) {
        mac_commands_handle(node, downlink->payload, payload_bytes);
        return;
    }
    downlink->port = port;
    downlink->payload_bytes = payload_bytes;
}

enum downlink_result downlink_frame_accept(struct lorawan_node *node, const uint8_t *frame,
                                           size_t size, struct downlink *downlink)
{
    struct frame_identity identity;
    memset(downlink, 0, sizeof *downlink);
    enum downlink_result result = check(node, frame, size, &identity);
    if (result != DOWNLINK_ACCEPTED) {
        return result;
    }
    size_t options = frame[5] & FCTRL_OPTIONS_MASK;
    size_t behind_options = LORAWAN_HEADER_BYTES + options;
    size_t covered = size - LORAWAN_MIC_BYTES;

    node->session.downlink_counter = identity.counter + 1;
    node->session.acknowledge = frame[0] == MHDR_CONFIRMED_DOWN;
    downlink->acknowledges = (frame[5] & FCTRL_ACK) != 0;
    adaptive_rate_downlink_received(node);
    mac_commands_handle(node, frame + LORAWAN_HEADER_BYTES, options);
    if (behind_options < covered) {
        take_payload(node, &identity, frame + behind_options, covered - behind_options, downlink);
    }
    return DOWNLINK_ACCEPTED;
}
