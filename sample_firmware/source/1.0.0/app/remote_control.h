/* What an operator may change over the air, by port. */
#ifndef APP_REMOTE_CONTROL_H
#define APP_REMOTE_CONTROL_H

#include <stddef.h>
#include <stdint.h>

/* Acts on an application downlink; anything malformed or on another port is counted and ignored. */
void remote_control_handle(uint8_t port, const uint8_t *payload, size_t size);

struct remote_control_counts {
    uint32_t obeyed;
    uint32_t ignored;
};
struct remote_control_counts remote_control_counts(void);

#endif
