/* Checks 1 to 10 on the head of a package, in their order. THREATS.md names the attacks. */
#ifndef AIRDELTA_DV_ADMISSION_H
#define AIRDELTA_DV_ADMISSION_H

#include "airdelta_decoder.h"
#include "airdelta_device.h"

/* What the device compares an update with. */
struct dv_facts {
    const struct airdelta_device_config *config;
    const struct airdelta_state *state;
    uint8_t running_slot;
};

/* Check a head; only when it passes, `manifest` may be acted upon. Touches no flash. */
airdelta_device_status dv_admit_head(const struct dv_facts *facts, const uint8_t *head,
                                     uint32_t head_bytes, struct airdelta_manifest *manifest);

/* The decoder for a format, or NULL. */
const struct airdelta_decoder *dv_decoder_for(const struct airdelta_device_config *config,
                                              uint32_t payload_format);

#endif
