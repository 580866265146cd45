/*
 * 60. A key change counts only with a signature of the current key (60), of this vendor (60b) and with
 *     the next number (60c): a key that was left behind signs nothing any more.
 */
#include "airdelta_key_ring.h"

#include <stddef.h>
#include <string.h>

#include "bytes.h"
#include "cbor_reader.h"
#include "cose.h"
#include "record_log.h"
#include "wire_numbers.h"

/* Record: 4 number u32, 8 algorithm i32, 12 key 64; generation and CRC are the log's. */
#define RECORD_BYTES 128u
#define NUMBER_AT 4u
#define ALGORITHM_AT 8u
#define KEY_AT 12u
#define CRC_AT 124u
#define CRC_SALT 0x4144534Bu /* "ADSK" */

#define MOST_CLAIMS_BYTES 128u
#define ED25519_KEY_BYTES 32u
#define CONTEXT_BYTES 21u
/* 0x58 and one byte: a byte string of 24 to 255 bytes. */
#define SIZED_BYTES_HEAD 0x58u
#define LEAST_SIZED_BYTES 24u

enum claim { VENDOR = 1, NUMBER = 2, ALGORITHM = 3, KEY = 4 };

static const uint8_t CONTEXT[] = {
    0x40 | CONTEXT_BYTES, 'a', 'i', 'r', 'd', 'e', 'l', 't', 'a', ' ', 'k', 'e', 'y', ' ', 'c', 'h',
    'a', 'n', 'g', 'e', ' ', '1', SIZED_BYTES_HEAD};

static const struct dv_record_format FORMAT = {0xFFFFFFFFu, CRC_AT, CRC_SALT, NULL};

/* What was read; pointers lead into the message. */
struct change {
    struct airdelta_trusted_key next;
    const uint8_t *vendor_id;
    const uint8_t *claims;
    const uint8_t *signature;
    uint32_t claims_bytes;
    uint32_t signature_bytes;
    int32_t algorithm; /* of the signature */
};

static void encode(uint8_t record[RECORD_BYTES], const struct airdelta_trusted_key *key)
{
    memset(record, 0, RECORD_BYTES);
    dv_put_u32(record + NUMBER_AT, key->number);
    dv_put_u32(record + ALGORITHM_AT, (uint32_t)key->algorithm);
    memcpy(record + KEY_AT, key->bytes, AIRDELTA_TRUSTED_KEY_BYTES);
}

static void decode(const uint8_t record[RECORD_BYTES], struct airdelta_trusted_key *key)
{
    key->number = dv_get_u32(record + NUMBER_AT);
    key->algorithm = (int32_t)dv_get_u32(record + ALGORITHM_AT);
    memcpy(key->bytes, record + KEY_AT, AIRDELTA_TRUSTED_KEY_BYTES);
}

static void place(struct airdelta_key_ring *ring, const struct airdelta_key_ring_config *config)
{
    memset(ring, 0, sizeof *ring);
    ring->config = config;
    ring->log.port = config->port;
    ring->log.layout = config->layout;
    dv_log_place(&ring->log, &FORMAT, &config->region, config->bank_bytes, RECORD_BYTES);
}

airdelta_device_status airdelta_key_ring_create(struct airdelta_key_ring *ring,
                                                const struct airdelta_key_ring_config *config,
                                                const struct airdelta_trusted_key *first)
{
    uint8_t record[RECORD_BYTES];
    place(ring, config);
    encode(record, first);
    ring->current = *first;
    return dv_log_create(&ring->log, record);
}

airdelta_device_status airdelta_key_ring_open(struct airdelta_key_ring *ring,
                                              const struct airdelta_key_ring_config *config)
{
    uint8_t record[RECORD_BYTES];
    place(ring, config);
    airdelta_device_status status = dv_log_open(&ring->log, record);
    if (status == AIRDELTA_DEVICE_OK) decode(record, &ring->current);
    return status;
}

static void read_claims(struct dv_reader *reader, struct change *change)
{
    dv_require(reader, dv_read_map(reader) == KEY);
    dv_read_literal(reader, VENDOR);
    change->vendor_id = dv_read_bytes(reader, AIRDELTA_IDENTIFIER_BYTES);
    dv_read_literal(reader, NUMBER);
    change->next.number = dv_read_unsigned(reader);
    dv_read_literal(reader, ALGORITHM);
    change->next.algorithm = dv_read_negative(reader);
    dv_read_literal(reader, KEY);
    int is_ed25519 = change->next.algorithm == WIRE_ALGORITHM_ED25519;
    dv_require(reader, is_ed25519 || change->next.algorithm == WIRE_ALGORITHM_ESP256);
    uint32_t key_bytes = is_ed25519 ? ED25519_KEY_BYTES : AIRDELTA_TRUSTED_KEY_BYTES;
    const uint8_t *key = dv_read_bytes(reader, key_bytes);
    if (key != NULL) memcpy(change->next.bytes, key, key_bytes);
}

static int read_change(const uint8_t *message, uint32_t count, struct change *change)
{
    struct dv_reader reader = dv_reader_over(message, count);
    memset(change, 0, sizeof *change);
    change->algorithm = dv_read_sign1_headers(&reader);
    struct dv_reader claims = dv_read_byte_string(&reader);
    change->claims = claims.bytes;
    change->claims_bytes = claims.count;
    dv_require(&reader, claims.count >= LEAST_SIZED_BYTES && claims.count <= MOST_CLAIMS_BYTES);
    change->signature = dv_read_signature(&reader, change->algorithm, &change->signature_bytes);
    if (!dv_is_finished(&reader)) return 0;
    read_claims(&claims, change);
    return dv_is_finished(&claims);
}

static int is_signed(const struct change *change, const struct airdelta_port *port)
{
    uint8_t message[DV_MOST_SIGNED_HEAD_BYTES + sizeof CONTEXT + 1u + MOST_CLAIMS_BYTES];
    uint32_t at = dv_write_signed_head(message, change->algorithm);
    memcpy(message + at, CONTEXT, sizeof CONTEXT);
    at += (uint32_t)sizeof CONTEXT;
    message[at++] = (uint8_t)change->claims_bytes;
    memcpy(message + at, change->claims, change->claims_bytes);
    return port->verify(port->context, change->algorithm, message, at + change->claims_bytes,
                        change->signature, change->signature_bytes);
}

airdelta_device_status airdelta_key_ring_change(struct airdelta_key_ring *ring,
                                                const uint8_t *message, uint32_t count)
{
    uint8_t record[RECORD_BYTES];
    struct change change;
    const struct airdelta_key_ring_config *config = ring->config;
    if (!read_change(message, count, &change)) return AIRDELTA_REJECTED_FORMAT;
    if (!is_signed(&change, config->port)) return AIRDELTA_REJECTED_SIGNATURE; /* RULE 60 */
    if (memcmp(change.vendor_id, config->vendor_id, AIRDELTA_IDENTIFIER_BYTES) != 0) {
        return AIRDELTA_REJECTED_CLASS; /* RULE 60b */
    }
    if (ring->current.number == UINT32_MAX || change.next.number != ring->current.number + 1u) {
        return AIRDELTA_REJECTED_SECURITY_COUNTER; /* RULE 60c */
    }
    encode(record, &change.next);
    airdelta_device_status status = dv_log_append(&ring->log, record);
    if (status == AIRDELTA_DEVICE_OK) ring->current = change.next;
    return status;
}
