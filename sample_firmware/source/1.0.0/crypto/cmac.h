/* AES-CMAC (RFC 4493), the code behind every LoRaWAN message integrity code. */
#ifndef CRYPTO_CMAC_H
#define CRYPTO_CMAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/aes128.h"

struct cmac {
    struct aes128 cipher;
    uint8_t chain[AES128_BLOCK_BYTES];
    uint8_t pending[AES128_BLOCK_BYTES];
    size_t pending_bytes;
};

void cmac_init(struct cmac *mac, const uint8_t key[AES128_KEY_BYTES]);
void cmac_update(struct cmac *mac, const uint8_t *data, size_t size);
void cmac_final(struct cmac *mac, uint8_t tag[AES128_BLOCK_BYTES]);

/* Compares without telling by its duration where the difference is. */
bool constant_time_equal(const uint8_t *left, const uint8_t *right, size_t size);

#endif
