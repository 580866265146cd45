/* What a node and its network share after activation: address, keys, counters, link parameters. */
#ifndef LORAWAN_SESSION_H
#define LORAWAN_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/aes128.h"
#include "drivers/radio.h"

struct lorawan_session {
    bool active;
    bool acknowledge; /* the last downlink was confirmed: set ACK in the next uplink */
    uint8_t data_rate;
    uint8_t power_step;
    uint8_t repetitions;
    uint8_t rx1_delay_s;
    uint8_t rx1_rate_offset;
    uint8_t rx2_rate;
    uint32_t rx2_frequency_hz;
    uint32_t device_address;
    uint32_t uplink_counter;   /* of the next uplink */
    uint32_t downlink_counter; /* of the next downlink that is acceptable */
    uint8_t network_key[AES128_KEY_BYTES];
    uint8_t application_key[AES128_KEY_BYTES];
};

/* The session of this node. */
extern struct lorawan_session lorawan_session;

/* Starts over with an address and keys, from a join or given by hand. */
void session_begin(uint32_t device_address, const uint8_t network_key[AES128_KEY_BYTES],
                   const uint8_t application_key[AES128_KEY_BYTES]);

/* The radio parameters for a frame at the session's data rate and power. */
struct radio_channel session_radio_channel(uint32_t frequency_hz);

#endif
