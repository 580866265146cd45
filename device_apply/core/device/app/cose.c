#include "cose.h"

#include <stddef.h>
#include <string.h>

#include "wire_numbers.h"

#define TAG_SIGN1 18u
#define HEADER_ALGORITHM 1u /* RFC 9052 section 3.1 */
#define NEGATIVE_HEAD 0x20u
/* Arguments below this are part of the first byte. */
#define DIRECT_LIMIT 24u
#define ONE_BYTE_FOLLOWS 24u

static const struct {
    int32_t algorithm;
    uint32_t bytes; /* 0: the parameters decide */
} SIGNATURES[] = WIRE_SIGNATURE_SIZES;
#define KNOWN_ALGORITHMS (sizeof SIGNATURES / sizeof SIGNATURES[0])

static const uint8_t SIGNED_HEAD[] = {0x84, 0x6A, 'S', 'i', 'g', 'n', 'a', 't', 'u', 'r', 'e', '1'};

static int is_known(int32_t algorithm)
{
    for (uint32_t i = 0; i < KNOWN_ALGORITHMS; i++) {
        if (SIGNATURES[i].algorithm == algorithm) return 1;
    }
    return 0;
}

int32_t dv_read_sign1_headers(struct dv_reader *reader)
{
    dv_read_tag(reader, TAG_SIGN1);
    dv_require(reader, dv_read_array(reader) == 4);
    struct dv_reader protected_header = dv_read_byte_string(reader);
    dv_require(&protected_header, dv_read_map(&protected_header) == 1);
    dv_read_literal(&protected_header, HEADER_ALGORITHM);
    int32_t algorithm = dv_read_negative(&protected_header);
    dv_require(&protected_header, is_known(algorithm));
    dv_require(reader, dv_is_finished(&protected_header));
    dv_require(reader, dv_read_map(reader) == 0); /* nothing protects an unprotected header */
    return algorithm;
}

const uint8_t *dv_read_signature(struct dv_reader *reader, int32_t algorithm, uint32_t *count)
{
    struct dv_reader signature = dv_read_byte_string(reader);
    *count = signature.count;
    dv_require(reader, signature.count > 0 && signature.count <= WIRE_MAX_SIGNATURE_BYTES);
    for (uint32_t i = 0; i < KNOWN_ALGORITHMS; i++) {
        if (SIGNATURES[i].algorithm != algorithm || SIGNATURES[i].bytes == 0) continue;
        dv_require(reader, signature.count == SIGNATURES[i].bytes);
    }
    return reader->is_malformed ? NULL : signature.bytes;
}

uint32_t dv_write_signed_head(uint8_t bytes[DV_MOST_SIGNED_HEAD_BYTES], int32_t algorithm)
{
    uint32_t argument = (uint32_t)(-1 - algorithm);
    uint32_t is_direct = argument < DIRECT_LIMIT;
    uint32_t at = (uint32_t)sizeof SIGNED_HEAD;
    memcpy(bytes, SIGNED_HEAD, sizeof SIGNED_HEAD);
    bytes[at++] = is_direct ? 0x43 : 0x44;
    bytes[at++] = 0xA1;
    bytes[at++] = HEADER_ALGORITHM;
    if (!is_direct) bytes[at++] = NEGATIVE_HEAD | ONE_BYTE_FOLLOWS;
    bytes[at++] = (uint8_t)(is_direct ? NEGATIVE_HEAD | argument : argument);
    return at;
}
