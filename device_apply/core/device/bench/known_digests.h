/*
 * SHA-256 of what was digested before, without doing it again: a fault sweep boots thousands of times
 * and digests the same few images at each. What is digested is kept and compared byte by byte, so the
 * result is always that of airdelta_sha256.h. What recurs stays, what came once goes.
 */
#ifndef AIRDELTA_KNOWN_DIGESTS_H
#define AIRDELTA_KNOWN_DIGESTS_H

#include "airdelta_device.h"

/* Images, payload, head and manifest recur at every boot; the rest is torn images that come once. */
#define KNOWN_DIGESTS 16u

struct known_message {
    uint8_t *bytes;
    uint32_t count;
    uint32_t capacity;
    uint8_t digest[AIRDELTA_DIGEST_BYTES];
};

/* All zeros at first. */
struct known_digests {
    struct known_message known[KNOWN_DIGESTS];
    struct known_message now; /* what is being digested */
};

void known_begin(struct known_digests *digests);
void known_update(struct known_digests *digests, const uint8_t *bytes, uint32_t count);
void known_finish(struct known_digests *digests, uint8_t digest[AIRDELTA_DIGEST_BYTES]);
void known_free(struct known_digests *digests);

#endif
