#include "rollback.h"

#include <stddef.h>
#include <string.h>

#include "cose.h"
#include "wire_numbers.h"

#define CLAIMS_BYTES_MAX 88u
#define CONTEXT_BYTES 19u
/* 0x58 and one byte: a byte string of 24 to 255 bytes. */
#define SIZED_BYTES_HEAD 0x58u
#define PAIRS 4u

enum claim { CLASS = 1, IMAGE = 2, COUNTER = 3, REPLACED = 4, DEVICE = 5 };

/* What is signed between algorithm and claims (RFC 9052 section 4.4). */
static const uint8_t CONTEXT[] = {
    0x40 | CONTEXT_BYTES, 'a', 'i', 'r', 'd', 'e', 'l', 't', 'a', ' ', 'r', 'o', 'l', 'l', 'b', 'a',
    'c', 'k', ' ', '1', SIZED_BYTES_HEAD};

static const uint8_t *read_digest(struct dv_reader *reader)
{
    struct dv_reader wrapped = dv_read_byte_string(reader);
    dv_require(&wrapped, dv_read_array(&wrapped) == 2);
    dv_require(&wrapped, dv_read_negative(&wrapped) == WIRE_DIGEST_SHA256);
    const uint8_t *digest = dv_read_bytes(&wrapped, AIRDELTA_DIGEST_BYTES);
    dv_require(reader, dv_is_finished(&wrapped));
    return digest;
}

static const uint8_t *read_identifier(struct dv_reader *reader, enum claim claim)
{
    dv_read_literal(reader, (uint32_t)claim);
    return dv_read_bytes(reader, AIRDELTA_IDENTIFIER_BYTES);
}

static int read_claims(struct dv_reader *reader, struct dv_rollback *rollback)
{
    uint32_t pairs = dv_read_map(reader);
    dv_require(reader, pairs == PAIRS || pairs == PAIRS + 1u);
    rollback->class_id = read_identifier(reader, CLASS);
    dv_read_literal(reader, IMAGE);
    rollback->image_digest = read_digest(reader);
    dv_read_literal(reader, COUNTER);
    rollback->image_counter = dv_read_unsigned(reader);
    dv_read_literal(reader, REPLACED);
    rollback->highest_replaced_counter = dv_read_unsigned(reader);
    rollback->device_id = pairs > PAIRS ? read_identifier(reader, DEVICE) : NULL;
    return dv_is_finished(reader);
}

int dv_rollback_read(struct dv_reader *reader, struct dv_rollback *rollback)
{
    rollback->algorithm = dv_read_sign1_headers(reader);
    struct dv_reader claims = dv_read_byte_string(reader);
    dv_require(reader, claims.count <= CLAIMS_BYTES_MAX);
    rollback->signature =
        dv_read_signature(reader, rollback->algorithm, &rollback->signature_bytes);
    if (!dv_is_finished(reader)) return 0;
    rollback->claims = claims.bytes;
    rollback->claims_bytes = claims.count;
    return read_claims(&claims, rollback);
}

static int is_signed(const struct dv_rollback *rollback, const struct airdelta_port *port)
{
    uint8_t message[DV_MOST_SIGNED_HEAD_BYTES + sizeof CONTEXT + 1u + CLAIMS_BYTES_MAX];
    uint32_t at = dv_write_signed_head(message, rollback->algorithm);
    memcpy(message + at, CONTEXT, sizeof CONTEXT);
    at += (uint32_t)sizeof CONTEXT;
    message[at++] = (uint8_t)rollback->claims_bytes;
    memcpy(message + at, rollback->claims, rollback->claims_bytes);
    return port->verify(port->context, rollback->algorithm, message, at + rollback->claims_bytes,
                        rollback->signature, rollback->signature_bytes);
}

static int is_same(const uint8_t *one, const uint8_t *other)
{
    return memcmp(one, other, AIRDELTA_IDENTIFIER_BYTES) == 0;
}

static int is_for_device(const struct dv_rollback *rollback,
                         const struct airdelta_device_config *config)
{
    if (!is_same(rollback->class_id, config->class_id)) return 0; /* RULE 35c */
    if (rollback->device_id == NULL) return 1;
    return config->device_id != NULL &&
           is_same(rollback->device_id, config->device_id); /* RULE 35d */
}

static int is_for_image(const struct dv_rollback *rollback,
                        const struct airdelta_manifest *manifest)
{
    return rollback->image_counter == manifest->security_counter &&
           memcmp(rollback->image_digest, manifest->new_image.digest, AIRDELTA_DIGEST_BYTES) == 0;
}

int dv_rollback_permits(const struct dv_rollback *rollback,
                        const struct airdelta_device_config *config, uint32_t security_counter,
                        const struct airdelta_manifest *manifest)
{
    if (!is_signed(rollback, config->port)) return 0; /* RULE 35 */
    if (!is_for_image(rollback, manifest)) return 0; /* RULE 35b */
    if (security_counter > rollback->highest_replaced_counter) return 0; /* RULE 35e */
    return is_for_device(rollback, config);
}
