/*
 * The key that a device believes, in flash, and how it hands over to the next: a key change that the
 * key of today signed. The one before is revoked by that, for good.
 *
 *     airdelta_key_ring_open(&ring, &config);            // once per power cycle
 *     ... the port's `verify` asks ring.current, and no other key
 *     airdelta_key_ring_change(&ring, message, count);   // a file of `airdelta keys rotate`
 *
 * Devices that keep their key in ROM or fuses, or in a secure element with a way of its own, do not
 * need this part.
 */
#ifndef AIRDELTA_KEY_RING_H
#define AIRDELTA_KEY_RING_H

#include "airdelta_device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Largest key: x and y of P-256. Ed25519 takes the first half, zeros follow. */
#define AIRDELTA_TRUSTED_KEY_BYTES 64u
/* Least bytes of one of the two banks of the region. */
#define AIRDELTA_MIN_KEY_BANK_BYTES 1024u

struct airdelta_key_ring_config {
    const struct airdelta_port *port; /* its `verify` asks the ring that is described here */
    const struct airdelta_layout *layout;
    struct airdelta_region region; /* two banks of whole sectors, shared with nothing */
    uint32_t bank_bytes;
    uint8_t vendor_id[AIRDELTA_IDENTIFIER_BYTES];
};

struct airdelta_trusted_key {
    uint32_t number; /* rises by one with each change */
    int32_t algorithm; /* COSE: Ed25519 or ESP256 */
    uint8_t bytes[AIRDELTA_TRUSTED_KEY_BYTES];
};

struct airdelta_key_ring {
    const struct airdelta_key_ring_config *config;
    struct airdelta_log log; /* private */
    struct airdelta_trusted_key current;
};

/* What the factory does: begin with the first key. */
airdelta_device_status airdelta_key_ring_create(struct airdelta_key_ring *ring,
                                                const struct airdelta_key_ring_config *config,
                                                const struct airdelta_trusted_key *first);

/* Find the current key after a reset. AIRDELTA_DEVICE_STATE_LOST: there is none, believe nobody. */
airdelta_device_status airdelta_key_ring_open(struct airdelta_key_ring *ring,
                                              const struct airdelta_key_ring_config *config);

/* Take the next key. REJECTED_FORMAT: it is no key change; REJECTED_CLASS: of another vendor's;
 * REJECTED_SECURITY_COUNTER: not the next number, so one that was used before, or after a gap;
 * REJECTED_SIGNATURE: the current key did not sign it. When it returns OK, every later boot has the
 * new key; when the power fails, the old or the new one. */
airdelta_device_status airdelta_key_ring_change(struct airdelta_key_ring *ring,
                                                const uint8_t *message, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif
