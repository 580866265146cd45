#include "crypto/cmac.h"

#include <string.h>

/* RFC 4493, section 2.3: the constant of the field for blocks of 128 bits. */
#define FIELD_CONSTANT 0x87u

/* Doubles in the field, in constant time. */
static void double_block(uint8_t block[AES128_BLOCK_BYTES])
{
    uint8_t overflow = (uint8_t)(0u - (block[0] >> 7));
    for (int i = 0; i < AES128_BLOCK_BYTES - 1; i++) {
        block[i] = (uint8_t)((block[i] << 1) | (block[i + 1] >> 7));
    }
    block[AES128_BLOCK_BYTES - 1] =
        (uint8_t)((block[AES128_BLOCK_BYTES - 1] << 1) ^ (overflow & FIELD_CONSTANT));
}

static void absorb_pending(struct cmac *mac)
{
    for (int i = 0; i < AES128_BLOCK_BYTES; i++) {
        mac->chain[i] ^= mac->pending[i];
    }
    aes128_encrypt(&mac->cipher, mac->chain);
    mac->pending_bytes = 0;
}

void cmac_init(struct cmac *mac, const uint8_t key[AES128_KEY_BYTES])
{
    aes128_init(&mac->cipher, key);
    memset(mac->chain, 0, sizeof mac->chain);
    mac->pending_bytes = 0;
}

void cmac_update(struct cmac *mac, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        /* The last block is treated differently, so a full one waits until more data comes. */
        if (mac->pending_bytes == AES128_BLOCK_BYTES) {
            absorb_pending(mac);
        }
        mac->pending[mac->pending_bytes++] = data[i];
    }
}

void cmac_final(struct cmac *mac, uint8_t tag[AES128_BLOCK_BYTES])
{
    uint8_t subkey[AES128_BLOCK_BYTES] = {0};
    aes128_encrypt(&mac->cipher, subkey);
    double_block(subkey);
    if (mac->pending_bytes < AES128_BLOCK_BYTES) {
        double_block(subkey);
        mac->pending[mac->pending_bytes] = 0x80;
        memset(mac->pending + mac->pending_bytes + 1, 0,
               AES128_BLOCK_BYTES - 1 - mac->pending_bytes);
    }
    for (int i = 0; i < AES128_BLOCK_BYTES; i++) {
        mac->pending[i] ^= subkey[i];
    }
    absorb_pending(mac);
    memcpy(tag, mac->chain, AES128_BLOCK_BYTES);
}

bool constant_time_equal(const uint8_t *left, const uint8_t *right, size_t size)
{
    uint8_t difference = 0;
    for (size_t i = 0; i < size; i++) {
        difference |= left[i] ^ right[i];
    }
    return difference == 0;
}
