#include "encryption_info.h"

#include <string.h>

#include "wire_numbers.h"

#define TAG_ENCRYPT 96u
#define HEADER_ALGORITHM 1u
#define HEADER_KEY_ID 4u
#define HEADER_IV 5u
#define MOST_KEY_ID_BYTES 16u
#define GCM_IV_BYTES 12u
#define CTR_IV_BYTES 16u

/* << {1: 1} >> of A128GCM, << {1: -29} >> of ECDH-ES + A128KW, and what an ephemeral key is made of. */
static const uint8_t PROTECTED_GCM[] = {0xA1, HEADER_ALGORITHM, 0x01};
static const uint8_t PROTECTED_ECDH[] = {0xA1, HEADER_ALGORITHM, 0x38, 0x1C};

static int is_same(const struct dv_reader *reader, const uint8_t *bytes, uint32_t count)
{
    return reader->count == count && memcmp(reader->bytes, bytes, count) == 0;
}

static void read_key_id(struct dv_reader *reader, struct airdelta_recipient *recipient)
{
    dv_read_literal(reader, HEADER_KEY_ID);
    struct dv_reader key_id = dv_read_byte_string(reader);
    dv_require(reader, key_id.count >= 1 && key_id.count <= MOST_KEY_ID_BYTES);
    recipient->key_id = key_id.bytes;
    recipient->key_id_bytes = key_id.count;
}

static void read_negative(struct dv_reader *reader, int32_t value)
{
    dv_require(reader, dv_read_negative(reader) == value);
}

/* -1: {1: 2, -1: 1, -2: x, -3: y}, an EC2 key on P-256. */
static void read_ephemeral(struct dv_reader *reader, struct airdelta_recipient *recipient)
{
    read_negative(reader, -1);
    dv_require(reader, dv_read_map(reader) == 4);
    dv_read_literal(reader, 1);
    dv_read_literal(reader, 2);
    read_negative(reader, -1);
    dv_read_literal(reader, 1);
    read_negative(reader, -2);
    recipient->ephemeral_x = dv_read_bytes(reader, AIRDELTA_COORDINATE_BYTES);
    read_negative(reader, -3);
    recipient->ephemeral_y = dv_read_bytes(reader, AIRDELTA_COORDINATE_BYTES);
}

void dv_recipient_read(struct dv_reader *reader, struct airdelta_recipient *recipient)
{
    memset(recipient, 0, sizeof *recipient);
    dv_require(reader, dv_read_array(reader) == 3);
    struct dv_reader protected_header = dv_read_byte_string(reader);
    uint32_t pairs = dv_read_map(reader);
    if (protected_header.count == 0) {
        dv_require(reader, pairs == 2);
        dv_read_literal(reader, HEADER_ALGORITHM);
        read_negative(reader, WIRE_AGREEMENT_A128KW);
        read_key_id(reader, recipient);
    } else {
        dv_require(reader, is_same(&protected_header, PROTECTED_ECDH, sizeof PROTECTED_ECDH));
        dv_require(reader, pairs == 1 || pairs == 2);
        if (pairs == 2) read_key_id(reader, recipient);
        read_ephemeral(reader, recipient);
    }
    recipient->wrapped_key = dv_read_bytes(reader, AIRDELTA_WRAPPED_KEY_BYTES);
}

static void read_cipher(struct dv_reader *reader, struct airdelta_encryption *encryption)
{
    struct dv_reader protected_header = dv_read_byte_string(reader);
    uint32_t pairs = dv_read_map(reader);
    uint32_t iv_bytes = GCM_IV_BYTES;
    encryption->cipher = AIRDELTA_A128GCM;
    if (protected_header.count == 0) {
        dv_require(reader, pairs == 2);
        dv_read_literal(reader, HEADER_ALGORITHM);
        read_negative(reader, WIRE_CIPHER_A128CTR);
        encryption->cipher = AIRDELTA_A128CTR;
        iv_bytes = CTR_IV_BYTES;
    } else {
        dv_require(reader, pairs == 1);
        dv_require(reader, is_same(&protected_header, PROTECTED_GCM, sizeof PROTECTED_GCM));
    }
    dv_read_literal(reader, HEADER_IV);
    const uint8_t *iv = dv_read_bytes(reader, iv_bytes);
    if (iv != NULL) memcpy(encryption->iv, iv, iv_bytes);
}

int dv_encryption_read(struct dv_reader *info, struct airdelta_encryption *encryption,
                       struct dv_reader *recipients, uint32_t *count)
{
    struct airdelta_recipient recipient;
    dv_read_tag(info, TAG_ENCRYPT);
    dv_require(info, dv_read_array(info) == 4);
    read_cipher(info, encryption);
    dv_read_null(info);
    *count = dv_read_array(info);
    *recipients = *info;
    dv_require(info, *count >= 1 && *count <= WIRE_MAX_RECIPIENTS);
    for (uint32_t i = 0; i < *count && !info->is_malformed; i++) {
        dv_recipient_read(info, &recipient);
    }
    return dv_is_finished(info);
}
