/*
 * The node's LoRaWAN device, and frames between it and the radio: channel, duty cycle, counting,
 * receiving.
 */
#ifndef APP_LINK_H
#define APP_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "lorawan/receive_windows.h"
#include "lorawan/uplink_frame.h"

enum link_result {
    LINK_SENT,
    LINK_NOT_JOINED,
    LINK_NO_TIME,
    LINK_TOO_BIG,
    LINK_NO_NONCE,
    LINK_RADIO_FAILED,
    LINK_RESULTS
};

struct link_counts {
    uint32_t sent;
    uint32_t joins;
    uint32_t accepted;
    uint32_t refused;
    uint32_t acknowledged;
};

/* Creates the device from the settings; call once at boot. */
void link_init(void);

/* Takes over settings that changed. */
void link_apply_settings(void);

/* The device: to look at, and to ask for MAC requests. */
struct lorawan_node *link_node(void);

/* Sends a join request. */
enum link_result link_join(void);

/* Sends application bytes, as often as the network asked for. */
enum link_result link_send(const struct uplink *uplink);

/* Takes a frame from the network; returns NULL, or why it was refused. */
const char *link_receive(const uint8_t *frame, size_t size);

/* What to print about a result. */
const char *link_result_text(enum link_result result);

const struct link_counts *link_counts(void);

/* Where the answer to the last frame is expected; all zeros before the first. */
const struct receive_window *link_receive_windows(void);

#endif
