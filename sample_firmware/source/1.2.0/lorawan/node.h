/*
 * One LoRaWAN end device. Everything the stack knows is in here and is handed from function to
 * function: no module keeps state of its own, and the stack reaches its host by `host` alone.
 */
#ifndef LORAWAN_NODE_H
#define LORAWAN_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/aes128.h"
#include "drivers/radio.h"
#include "lorawan/limits.h"

#define LORAWAN_EUI_BYTES 8
#define REGION_CHANNELS 16
#define DUTY_CYCLE_BANDS 6

/* What the stack asks of, and tells to, the program it is part of. */
struct lorawan_host {
    uint8_t (*battery_level)(void); /* 1 (empty) to 254 (full), as DevStatusAns wants it */
    bool (*store_nonce)(uint16_t nonce);
    void (*network_time)(uint32_t gps_s);
    void (*link_lost)(uint32_t unanswered);
};

/* Who the device is; set before the first join. */
struct lorawan_identity {
    uint8_t device_eui[LORAWAN_EUI_BYTES];
    uint8_t join_eui[LORAWAN_EUI_BYTES];
    uint8_t application_root_key[AES128_KEY_BYTES];
    uint16_t nonce; /* of the last join request */
};

/* What device and network share after activation. */
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

struct lorawan_channel {
    uint32_t frequency_hz; /* 0: does not exist */
    uint8_t lowest_rate;
    uint8_t highest_rate;
};

struct channel_plan {
    struct lorawan_channel channels[REGION_CHANNELS];
    uint16_t enabled;
    uint8_t last_used;
};

/* Whoever sends for t stays silent for t * (divisor - 1) afterwards. */
struct silence {
    bool active;
    uint32_t until_ms;
};

struct duty_cycle {
    struct silence bands[DUTY_CYCLE_BANDS];
    struct silence aggregate;
    uint8_t aggregate_exponent;
    uint64_t total_us;
};

struct mac_answers {
    uint8_t bytes[LORAWAN_OPTIONS_BYTES];
    size_t used;
};

struct link_report {
    uint32_t checks;   /* LinkCheckAns received */
    uint8_t margin_db; /* of the last one */
    uint8_t gateways;  /* that heard the last request */
};

struct lorawan_node {
    const struct lorawan_host *host;
    struct lorawan_identity identity;
    struct lorawan_session session;
    struct channel_plan plan;
    struct duty_cycle duty_cycle;
    struct mac_answers answers;
    struct link_report report;
    uint32_t unanswered; /* uplinks since the last downlink */
    uint8_t first_data_rate;
    bool adaptive_rate;
    bool join_pending;
};

/* Before the first use; identity and settings are filled in afterwards. */
void lorawan_node_init(struct lorawan_node *node, const struct lorawan_host *host);

/* Starts over with an address and keys, from a join or given by hand. */
void lorawan_node_activate(struct lorawan_node *node, uint32_t device_address,
                           const uint8_t network_key[AES128_KEY_BYTES],
                           const uint8_t application_key[AES128_KEY_BYTES]);

/* The radio parameters for a frame at the session's data rate and power. */
struct radio_channel lorawan_node_radio(const struct lorawan_node *node, uint32_t frequency_hz);

#endif
