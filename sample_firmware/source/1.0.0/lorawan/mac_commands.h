/* MAC commands: the network tunes the link, the device answers (LoRaWAN 1.0.4, section 5). */
#ifndef LORAWAN_MAC_COMMANDS_H
#define LORAWAN_MAC_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

struct link_report {
    uint32_t checks;   /* LinkCheckAns received */
    uint8_t margin_db; /* of the last one */
    uint8_t gateways;  /* that heard the last request */
};

void mac_commands_reset(void);

/* Acts on commands from FOpts or port 0; an unknown one ends the list, as its length is unknown. */
void mac_commands_handle(const uint8_t *bytes, size_t size);

/* Requests of ours, for the next uplink. */
void mac_commands_request_link_check(void);
void mac_commands_request_time(void);

/* Bytes waiting for the next uplink, and taking those of them that fit. */
size_t mac_commands_pending(void);
size_t mac_commands_take(uint8_t *to, size_t limit);

const struct link_report *mac_commands_report(void);

#endif
