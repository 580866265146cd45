/* SHA-256 (FIPS 180-4) for ports without an accelerator: put the state into the port's context. */
#ifndef AIRDELTA_SHA256_H
#define AIRDELTA_SHA256_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct airdelta_sha256 {
    uint32_t hash[8];
    uint64_t total_bytes;
    uint8_t block[64];
};

void airdelta_sha256_begin(struct airdelta_sha256 *state);
void airdelta_sha256_update(struct airdelta_sha256 *state, const uint8_t *bytes, uint32_t count);
void airdelta_sha256_finish(struct airdelta_sha256 *state, uint8_t digest[32]);

#ifdef __cplusplus
}
#endif

#endif
