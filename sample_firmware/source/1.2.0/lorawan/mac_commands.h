/* MAC commands: the network tunes the link, the device answers (LoRaWAN 1.0.4, section 5). */
#ifndef LORAWAN_MAC_COMMANDS_H
#define LORAWAN_MAC_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

#include "lorawan/node.h"

void mac_commands_reset(struct lorawan_node *node);

/* Acts on commands from FOpts or port 0; an unknown one ends the list, as its length is unknown. */
void mac_commands_handle(struct lorawan_node *node, const uint8_t *bytes, size_t size);

/* Requests of ours, for the next uplink. */
void mac_commands_request_link_check(struct lorawan_node *node);
void mac_commands_request_time(struct lorawan_node *node);

/* Bytes waiting for the next uplink, and taking those of them that fit. */
size_t mac_commands_pending(const struct lorawan_node *node);
size_t mac_commands_take(struct lorawan_node *node, uint8_t *to, size_t limit);

#endif
