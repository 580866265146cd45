/* The key that a device on the bench believes. */
#include <string.h>

#include "rig.h"

void bench_place_key_ring(struct bench *bench, const struct airdelta_region *region,
                          uint32_t bank_bytes, const uint8_t *vendor_id)
{
    struct airdelta_key_ring_config *config = &bench->key_ring_config;
    config->port = &bench->port;
    config->layout = &bench->layout;
    config->region = *region;
    config->bank_bytes = bank_bytes;
    memcpy(config->vendor_id, vendor_id, sizeof config->vendor_id);
}

int bench_create_key_ring(struct bench *bench, const struct airdelta_trusted_key *first)
{
    return GUARDED(bench, airdelta_key_ring_create(&bench->key_ring, &bench->key_ring_config, first));
}

int bench_open_key_ring(struct bench *bench)
{
    return GUARDED(bench, airdelta_key_ring_open(&bench->key_ring, &bench->key_ring_config));
}

int bench_change_key(struct bench *bench, const uint8_t *message, uint32_t count)
{
    return GUARDED(bench, airdelta_key_ring_change(&bench->key_ring, message, count));
}

void bench_trusted_key(const struct bench *bench, struct airdelta_trusted_key *key)
{
    *key = bench->key_ring.current;
}
