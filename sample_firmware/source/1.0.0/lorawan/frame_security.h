/* Encryption and integrity of data frames (LoRaWAN 1.0.4, sections 4.3.3 and 4.4). */
#ifndef LORAWAN_FRAME_SECURITY_H
#define LORAWAN_FRAME_SECURITY_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/aes128.h"
#include "lorawan/limits.h"

enum direction { DIRECTION_UP = 0, DIRECTION_DOWN = 1 };

/* What makes the key stream and the integrity code of a frame its own. */
struct frame_identity {
    enum direction direction;
    uint32_t address;
    uint32_t counter;
};

/* Encrypts or decrypts a payload in place; both are the same operation. */
void frame_crypt(const uint8_t key[AES128_KEY_BYTES], const struct frame_identity *identity,
                 uint8_t *payload, size_t size);

/* The message integrity code over everything before it. */
void frame_integrity_code(const uint8_t key[AES128_KEY_BYTES],
                          const struct frame_identity *identity, const uint8_t *frame, size_t size,
                          uint8_t code[LORAWAN_MIC_BYTES]);

#endif
