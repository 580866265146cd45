/*
 * AES-128, encryption only (FIPS 197): LoRaWAN never needs the inverse cipher, since a network
 * server "decrypts" what a device is to encrypt.
 */
#ifndef CRYPTO_AES128_H
#define CRYPTO_AES128_H

#include <stdint.h>

#define AES128_BLOCK_BYTES 16
#define AES128_KEY_BYTES 16
#define AES128_ROUNDS 10

struct aes128 {
    uint32_t round_keys[4 * (AES128_ROUNDS + 1)];
};

/* Expands the key. */
void aes128_init(struct aes128 *cipher, const uint8_t key[AES128_KEY_BYTES]);

/* Encrypts one block in place. */
void aes128_encrypt(const struct aes128 *cipher, uint8_t block[AES128_BLOCK_BYTES]);

#endif
