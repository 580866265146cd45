#include <string.h>

#include "airdelta_keys.h"
#include "bytes.h"
#include "encryption_info.h"
#include "payload_reader.h"

#define BLOCK_BYTES AIRDELTA_CIPHER_BLOCK_BYTES
#define TAG_BYTES AIRDELTA_CIPHER_TAG_BYTES
#define GCM_IV_BYTES 12u
/* The first counter of A128GCM encrypts the tag, the next the payload (NIST SP 800-38D, 7.1). */
#define GCM_TAG_COUNTER 1u

/* ["Encrypt", << {1: 1} >>, h'']: what A128GCM authenticates beside the payload (RFC 9052, 5.3). */
static const uint8_t ADDITIONAL_DATA[BLOCK_BYTES] = {0x83, 0x67, 'E',  'n',  'c',  'r',  'y', 'p',
                                                     't',  0x43, 0xA1, 0x01, 0x01, 0x40, 0,   0};
#define ADDITIONAL_BITS (8u * 14u)

static int unlock(const struct airdelta_device_config *config, const uint8_t *head,
                  struct airdelta_manifest *manifest)
{
    struct airdelta_encryption *encryption = &manifest->encryption;
    const struct airdelta_key_store *keys = config->keys;
    struct dv_reader info = dv_reader_over(head + encryption->info_at, encryption->info_bytes);
    struct dv_reader recipients;
    uint32_t count = 0;
    if (!dv_encryption_read(&info, encryption, &recipients, &count)) return 0;
    if (encryption->cipher == AIRDELTA_A128GCM && manifest->payload.bytes < TAG_BYTES) return 0;
    for (uint32_t i = 0; keys != NULL && i < count; i++) {
        struct airdelta_recipient recipient;
        dv_recipient_read(&recipients, &recipient);
        if (keys->unwrap(keys->context, &recipient)) return 1;
    }
    return 0;
}

static int encrypt_block(const struct airdelta_device *device, uint8_t block[BLOCK_BYTES])
{
    const struct airdelta_key_store *keys = device->config->keys;
    return keys != NULL && keys->encrypt_block(keys->context, block);
}

/* Add to a big-endian number; counter mode wraps around at its end. */
static void add(uint8_t *number, uint32_t bytes, uint32_t addend)
{
    while (bytes-- > 0 && addend > 0) {
        addend += number[bytes];
        number[bytes] = (uint8_t)addend;
        addend >>= 8;
    }
}

/* The block that hides the payload from `index` blocks on. */
static int keystream(const struct airdelta_device *device, uint32_t index,
                     uint8_t block[BLOCK_BYTES])
{
    const struct airdelta_encryption *encryption = &device->install.manifest.encryption;
    memcpy(block, encryption->iv, BLOCK_BYTES);
    if (encryption->cipher == AIRDELTA_A128GCM) {
        memset(block + GCM_IV_BYTES, 0, BLOCK_BYTES - GCM_IV_BYTES);
        add(block + GCM_IV_BYTES, BLOCK_BYTES - GCM_IV_BYTES, GCM_TAG_COUNTER + 1u + index);
    } else {
        add(block, BLOCK_BYTES, index);
    }
    return encrypt_block(device, block);
}

static int decrypt(const struct airdelta_device *device, uint32_t offset, uint8_t *bytes,
                   uint32_t count)
{
    uint8_t block[BLOCK_BYTES];
    for (uint32_t at = 0; at < count;) {
        uint32_t skip = (offset + at) % BLOCK_BYTES;
        uint32_t step = dv_min(count - at, BLOCK_BYTES - skip);
        if (!keystream(device, (offset + at) / BLOCK_BYTES, block)) return 0;
        for (uint32_t i = 0; i < step; i++) bytes[at + i] ^= block[skip + i];
        at += step;
    }
    return 1;
}

/* Multiply in GF(2^128), bit by bit: small, and the time does not depend on the data. */
static void multiply(uint8_t value[BLOCK_BYTES], const uint8_t factor[BLOCK_BYTES])
{
    uint8_t shifted[BLOCK_BYTES];
    uint8_t product[BLOCK_BYTES] = {0};
    memcpy(shifted, factor, BLOCK_BYTES);
    for (uint32_t bit = 0; bit < 8u * BLOCK_BYTES; bit++) {
        uint8_t is_set = (uint8_t)(0u - ((value[bit / 8u] >> (7u - bit % 8u)) & 1u));
        uint8_t carry = (uint8_t)(0u - (shifted[BLOCK_BYTES - 1u] & 1u));
        for (uint32_t i = 0; i < BLOCK_BYTES; i++) product[i] ^= shifted[i] & is_set;
        for (uint32_t i = BLOCK_BYTES - 1u; i > 0; i--) {
            shifted[i] = (uint8_t)(shifted[i] >> 1 | shifted[i - 1u] << 7);
        }
        shifted[0] = (uint8_t)(shifted[0] >> 1 ^ (carry & 0xE1u));
    }
    memcpy(value, product, BLOCK_BYTES);
}

static void begin_tag(struct airdelta_device *device)
{
    uint8_t factor[BLOCK_BYTES] = {0};
    memcpy(device->install.tag, ADDITIONAL_DATA, BLOCK_BYTES);
    if (device->install.manifest.encryption.cipher != AIRDELTA_A128GCM) return;
    if (encrypt_block(device, factor)) multiply(device->install.tag, factor);
}

static void add_to_tag(struct airdelta_device *device, uint32_t offset, uint32_t count)
{
    uint8_t factor[BLOCK_BYTES] = {0};
    uint8_t *tag = device->install.tag;
    uint32_t plain_bytes = dv_plain_bytes(&device->install.manifest);
    if (device->install.manifest.encryption.cipher != AIRDELTA_A128GCM) return;
    if (!encrypt_block(device, factor)) return; /* the tag is wrong then */
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = offset + i;
        if (at == plain_bytes) { /* the ciphertext ends: lengths in bits close the sum */
            if (at % BLOCK_BYTES != 0) multiply(tag, factor);
            tag[7] ^= ADDITIONAL_BITS;
            for (uint32_t k = 0; k < 4u; k++) tag[15u - k] ^= (uint8_t)(8u * plain_bytes >> 8u * k);
            tag[11] ^= (uint8_t)(plain_bytes >> 29);
            multiply(tag, factor);
        }
        tag[at < plain_bytes ? at % BLOCK_BYTES : at - plain_bytes] ^= device->burst[i];
        if (at < plain_bytes && at % BLOCK_BYTES == BLOCK_BYTES - 1u) multiply(tag, factor);
    }
}

static int is_tag_right(const struct airdelta_device *device)
{
    uint8_t block[BLOCK_BYTES] = {0};
    uint8_t difference = 0;
    const struct airdelta_manifest *manifest = &device->install.manifest;
    if (manifest->encryption.cipher != AIRDELTA_A128GCM) return 1;
    memcpy(block, manifest->encryption.iv, GCM_IV_BYTES);
    block[BLOCK_BYTES - 1u] = GCM_TAG_COUNTER;
    if (!encrypt_block(device, block)) return 0;
    for (uint32_t i = 0; i < BLOCK_BYTES; i++) difference |= device->install.tag[i] ^ block[i];
    return difference == 0;
}

const struct airdelta_decryption airdelta_decryption = {unlock, decrypt, begin_tag, add_to_tag,
                                                        is_tag_right};
