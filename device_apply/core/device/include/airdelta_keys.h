/*
 * Encrypted updates, for devices that name `airdelta_decryption` and a key store in their
 * configuration; otherwise none of it is linked, and encrypted updates are refused.
 *
 * Counter mode needs no state but the content key, so a payload is read from any offset, decoded as
 * often as it takes, and survives power cuts as it is. A128GCM appends a tag, which is checked while
 * the payload is digested, before a decoder gets a byte. A payload that is streamed is not digested:
 * there the signed hashes of its chunks authenticate it.
 *
 * Where a device keeps the keys that decrypt updates: a secure element, fuses, a PUF. They never
 * come out. The library hands over what was wrapped for one of them, and then asks for single
 * blocks, encrypted with the content key that was in it: that is all that counter mode needs.
 */
#ifndef AIRDELTA_KEYS_H
#define AIRDELTA_KEYS_H

#include "airdelta_device.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AIRDELTA_CIPHER_BLOCK_BYTES 16u
#define AIRDELTA_CIPHER_TAG_BYTES 16u /* behind a payload in A128GCM */
#define AIRDELTA_COORDINATE_BYTES 32u
#define AIRDELTA_WRAPPED_KEY_BYTES 24u

/* The content key, wrapped for one key of devices. Pointers lead into the head of the package. */
struct airdelta_recipient {
    const uint8_t *key_id;
    uint32_t key_id_bytes; /* 0, with ECDH only: whoever holds a key tries it */
    /* A point on P-256 for ECDH; NULL: the key that wraps is shared with the vendor. A store has to
     * refuse points that are not on the curve. */
    const uint8_t *ephemeral_x;
    const uint8_t *ephemeral_y;
    /* AES key wrap (RFC 3394) with the shared key; with ECDH, with HKDF-SHA-256 of the shared secret,
     * no salt, AIRDELTA_KDF_CONTEXT. */
    const uint8_t *wrapped_key;
};

/* COSE_KDF_Context of draft-ietf-suit-firmware-encryption for ECDH-ES + A128KW. */
#define AIRDELTA_KDF_CONTEXT \
    "\x84\x22\x83\xF6\xF6\xF6\x83\xF6\xF6\xF6\x83\x18\x80\x44\xA1\x01\x38\x1C\x57" \
    "SUIT Payload Encryption"
#define AIRDELTA_KDF_CONTEXT_BYTES 42u

struct airdelta_key_store {
    void *context;
    /* Whether the content key was wrapped for a key of this store, and came out whole. It is kept,
     * in place of the one before. */
    int (*unwrap)(void *context, const struct airdelta_recipient *recipient);
    /* Encrypt one block with the content key (AES-128); whether that worked. */
    int (*encrypt_block)(void *context, uint8_t block[AIRDELTA_CIPHER_BLOCK_BYTES]);
};

/* What the library does with encrypted payloads. Private but for its address. */
struct airdelta_decryption {
    /* Read the information in a head; whether it is in our form and a recipient is a key of the
     * store. */
    int (*unlock)(const struct airdelta_device_config *config, const uint8_t *head,
                  struct airdelta_manifest *manifest);
    /* Decrypt payload bytes from an offset, in place; whether that worked. */
    int (*decrypt)(const struct airdelta_device *device, uint32_t offset, uint8_t *bytes,
                   uint32_t count);
    /* The tag, over the payload as it is stored, in order from its first byte; the next bytes are in
     * `burst`. */
    void (*begin_tag)(struct airdelta_device *device);
    void (*add_to_tag)(struct airdelta_device *device, uint32_t offset, uint32_t count);
    int (*is_tag_right)(const struct airdelta_device *device);
};

extern const struct airdelta_decryption airdelta_decryption;

#ifdef __cplusplus
}
#endif

#endif
