#include "envelope.h"

#include <string.h>

#include "cbor_reader.h"
#include "cose.h"
#include "manifest.h"
#include "wire_numbers.h"

/* Authentication and manifest; a payload and an authorisation may follow. */
#define LEAST_PAIRS 2u
#define MOST_PAIRS 4u

/* What is signed between algorithm and digest (RFC 9052 section 4.4): h'', << [-16, 32 bytes] >>. */
static const uint8_t SIGNED_MIDDLE[] = {0x40, 0x58, 0x24, 0x82, 0x2F, 0x58, 0x20};

static void read_signature(struct dv_reader *reader, struct dv_envelope *envelope)
{
    envelope->algorithm = dv_read_sign1_headers(reader);
    dv_read_null(reader);
    envelope->signature =
        dv_read_signature(reader, envelope->algorithm, &envelope->signature_bytes);
}

static void read_authentication(struct dv_reader *reader, struct dv_envelope *envelope,
                                uint8_t digest[AIRDELTA_DIGEST_BYTES])
{
    dv_require(reader, dv_read_array(reader) == 2);
    struct dv_reader wrapped = dv_read_byte_string(reader);
    dv_read_suit_digest(&wrapped, digest);
    dv_require(reader, dv_is_finished(&wrapped));
    struct dv_reader signature = dv_read_byte_string(reader);
    read_signature(&signature, envelope);
    dv_require(reader, dv_is_finished(&signature));
}

static void write_signed_bytes(struct dv_envelope *envelope,
                               const uint8_t digest[AIRDELTA_DIGEST_BYTES])
{
    uint32_t at = dv_write_signed_head(envelope->signed_bytes, envelope->algorithm);
    memcpy(envelope->signed_bytes + at, SIGNED_MIDDLE, sizeof SIGNED_MIDDLE);
    at += (uint32_t)sizeof SIGNED_MIDDLE;
    memcpy(envelope->signed_bytes + at, digest, AIRDELTA_DIGEST_BYTES);
    envelope->signed_count = at + AIRDELTA_DIGEST_BYTES;
}

static int is_digest_of(const struct airdelta_port *port, const uint8_t *bytes, uint32_t count,
                        const uint8_t digest[AIRDELTA_DIGEST_BYTES])
{
    uint8_t found[AIRDELTA_DIGEST_BYTES];
    port->digest_begin(port->context);
    port->digest_update(port->context, bytes, count);
    port->digest_finish(port->context, found);
    return memcmp(found, digest, sizeof found) == 0;
}

static void read_rollback(struct dv_reader *reader, struct dv_rollback *rollback)
{
    static const char KEY[] = WIRE_ROLLBACK_KEY;
    uint32_t key_bytes = (uint32_t)sizeof KEY - 1u;
    struct dv_reader key = dv_read_text(reader, key_bytes);
    dv_require(reader, key.count == key_bytes && memcmp(key.bytes, KEY, key_bytes) == 0);
    struct dv_reader wrapped = dv_read_byte_string(reader);
    dv_require(reader, dv_rollback_read(&wrapped, rollback));
}

/* Key and length of an integrated payload, which comes behind the head. */
static void read_payload_header(struct dv_reader *reader, uint32_t payload_bytes)
{
    static const char KEY[] = WIRE_INTEGRATED_PAYLOAD_URI;
    uint32_t key_bytes = (uint32_t)sizeof KEY - 1u;
    struct dv_reader key = dv_read_text(reader, key_bytes);
    dv_require(reader, key.count == key_bytes && memcmp(key.bytes, KEY, key_bytes) == 0);
    dv_require(reader, dv_read_byte_string_length(reader) == payload_bytes);
}

airdelta_device_status dv_envelope_read(const struct airdelta_port *port, const uint8_t *head,
                                        uint32_t head_bytes, const uint8_t *running_digest,
                                        struct dv_envelope *envelope)
{
    uint8_t digest[AIRDELTA_DIGEST_BYTES];
    int is_integrated = 0;
    if (head_bytes > WIRE_MAX_HEAD_BYTES) return AIRDELTA_REJECTED_FORMAT;
    struct dv_reader reader = dv_reader_over(head, head_bytes);
    dv_read_tag(&reader, WIRE_TAG_ENVELOPE);
    uint32_t pairs = dv_read_map(&reader);
    dv_require(&reader, pairs >= LEAST_PAIRS && pairs <= MOST_PAIRS);
    dv_read_literal(&reader, WIRE_ENVELOPE_KEY_AUTHENTICATION);
    struct dv_reader authentication = dv_read_byte_string(&reader);
    read_authentication(&authentication, envelope, digest);
    dv_require(&reader, dv_is_finished(&authentication));
    dv_read_literal(&reader, WIRE_ENVELOPE_KEY_MANIFEST);
    uint32_t manifest_at = reader.position;
    struct dv_reader manifest = dv_read_byte_string(&reader);
    if (reader.is_malformed) return AIRDELTA_REJECTED_FORMAT;
    /* (2): the digest covers the manifest as a byte string, its CBOR head included. */
    if (!is_digest_of(port, head + manifest_at, reader.position - manifest_at, digest)) {
        return AIRDELTA_REJECTED_MANIFEST_DIGEST;
    }
    /* (1): anything but one of our forms is refused. */
    dv_require(&reader, dv_manifest_read(&manifest, running_digest, &envelope->manifest,
                                         &is_integrated));
    uint16_t manifest_starts_at = (uint16_t)(manifest.bytes - head);
    envelope->manifest.chunks.hashes_at += manifest_starts_at;
    envelope->manifest.payload.uri_at += manifest_starts_at;
    envelope->manifest.encryption.info_at += manifest_starts_at;
    uint32_t plain_pairs = LEAST_PAIRS + (is_integrated ? 1u : 0u);
    dv_require(&reader, pairs == plain_pairs || pairs == plain_pairs + 1u);
    envelope->rollback.claims = NULL;
    if (pairs > plain_pairs) read_rollback(&reader, &envelope->rollback);
    if (is_integrated) read_payload_header(&reader, envelope->manifest.payload.bytes);
    if (!dv_is_finished(&reader)) return AIRDELTA_REJECTED_FORMAT;
    write_signed_bytes(envelope, digest);
    return AIRDELTA_DEVICE_OK;
}
