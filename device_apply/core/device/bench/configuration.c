/* The device's configuration on the bench, with HMAC-SHA-256 (RFC 2104) cut to 16 bytes. */
#include <string.h>

#include "rig.h"

#define BLOCK_BYTES 64u

static void hmac_begin(struct airdelta_sha256 *hash, const uint8_t *key, uint8_t padding)
{
    uint8_t block[BLOCK_BYTES];
    memset(block, padding, sizeof block);
    for (uint32_t i = 0; i < CONFIGURATION_KEY_BYTES; i++) block[i] ^= key[i];
    airdelta_sha256_begin(hash);
    airdelta_sha256_update(hash, block, sizeof block);
}

static void authenticate(void *context, const uint8_t *bytes, uint32_t count,
                         uint8_t tag[AIRDELTA_CONFIGURATION_TAG_BYTES])
{
    const struct bench *bench = context;
    struct airdelta_sha256 hash;
    uint8_t digest[AIRDELTA_DIGEST_BYTES];
    hmac_begin(&hash, bench->configuration_key, 0x36);
    airdelta_sha256_update(&hash, bytes, count);
    airdelta_sha256_finish(&hash, digest);
    hmac_begin(&hash, bench->configuration_key, 0x5C);
    airdelta_sha256_update(&hash, digest, sizeof digest);
    airdelta_sha256_finish(&hash, digest);
    memcpy(tag, digest, AIRDELTA_CONFIGURATION_TAG_BYTES);
}

void bench_place_configuration(struct bench *bench, const struct airdelta_region *regions,
                               uint32_t index_bank_bytes, const uint8_t *key)
{
    struct airdelta_configuration_config *config = &bench->configuration_config;
    config->port = &bench->port;
    config->layout = &bench->layout;
    config->index = regions[0];
    config->index_bank_bytes = index_bank_bytes;
    for (uint32_t i = 0; i < AIRDELTA_CONFIGURATION_FILES; i++) config->files[i] = regions[1 + i];
    config->authenticate = authenticate;
    config->buffer = bench->configuration_buffer;
    config->buffer_bytes = sizeof bench->configuration_buffer;
    memcpy(bench->configuration_key, key, CONFIGURATION_KEY_BYTES);
}

int bench_create_configuration(struct bench *bench)
{
    return GUARDED(bench, airdelta_configuration_create(&bench->configuration,
                                                        &bench->configuration_config));
}

int bench_open_configuration(struct bench *bench)
{
    memset(bench->configuration_buffer, 0xA5, sizeof bench->configuration_buffer);
    return GUARDED(bench, airdelta_configuration_open(&bench->configuration,
                                                      &bench->configuration_config));
}

int bench_follow_update(struct bench *bench)
{
    return GUARDED(bench, airdelta_configuration_follow(&bench->configuration,
                                                        airdelta_device_state(&bench->device)));
}

int bench_store_configuration(struct bench *bench)
{
    return GUARDED(bench, airdelta_configuration_store(&bench->configuration));
}

int bench_put_entry(struct bench *bench, uint16_t type, const uint8_t *value, uint16_t count)
{
    return airdelta_configuration_put(&bench->configuration, type, value, count);
}

const uint8_t *bench_get_entry(struct bench *bench, uint16_t type, uint16_t *count)
{
    return airdelta_configuration_get(&bench->configuration, type, count);
}
