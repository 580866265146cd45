#include "lorawan/frame_security.h"

#include <string.h>

#include "crypto/cmac.h"
#include "lib/byte_order.h"

#define TAG_ENCRYPTION 0x01u /* first byte of the A blocks */
#define TAG_INTEGRITY 0x49u  /* first byte of the B0 block */

static void identity_block(uint8_t block[AES128_BLOCK_BYTES], uint8_t tag,
                           const struct frame_identity *identity, uint8_t last)
{
    memset(block, 0, AES128_BLOCK_BYTES);
    block[0] = tag;
    block[5] = (uint8_t)identity->direction;
    put_le32(block + 6, identity->address);
    put_le32(block + 10, identity->counter);
    block[15] = last;
}

void frame_crypt(const uint8_t key[AES128_KEY_BYTES], const struct frame_identity *identity,
                 uint8_t *payload, size_t size)
{
    struct aes128 cipher;
    uint8_t stream[AES128_BLOCK_BYTES];
    aes128_init(&cipher, key);
    for (size_t i = 0; i < size; i++) {
        if (i % AES128_BLOCK_BYTES == 0) {
            identity_block(stream, TAG_ENCRYPTION, identity,
                           (uint8_t)(i / AES128_BLOCK_BYTES + 1u));
            aes128_encrypt(&cipher, stream);
        }
        payload[i] ^= stream[i % AES128_BLOCK_BYTES];
    }
}

void frame_integrity_code(const uint8_t key[AES128_KEY_BYTES],
                          const struct frame_identity *identity, const uint8_t *frame, size_t size,
                          uint8_t code[LORAWAN_MIC_BYTES])
{
    struct cmac mac;
    uint8_t block[AES128_BLOCK_BYTES];
    identity_block(block, TAG_INTEGRITY, identity, (uint8_t)size);
    cmac_init(&mac, key);
    cmac_update(&mac, block, sizeof block);
    cmac_update(&mac, frame, size);
    cmac_final(&mac, block);
    memcpy(code, block, LORAWAN_MIC_BYTES);
}
