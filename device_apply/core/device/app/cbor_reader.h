/*
 * The part of CBOR (RFC 8949) that manifests use, in its deterministic encoding only: one item is
 * pulled at a time, and the parser states the shape it expects. No recursion, no allocation.
 *
 * A reader that met something else is malformed from then on and yields zeros, so a parser may read
 * a whole shape and look at `is_malformed` once. It never reads behind its bytes.
 */
#ifndef AIRDELTA_DV_CBOR_READER_H
#define AIRDELTA_DV_CBOR_READER_H

#include <stdint.h>

struct dv_reader {
    const uint8_t *bytes;
    uint32_t count;
    uint32_t position;
    int is_malformed;
};

struct dv_reader dv_reader_over(const uint8_t *bytes, uint32_t count);

uint32_t dv_read_unsigned(struct dv_reader *reader);
/* -1 - argument, down to -2^31. */
int32_t dv_read_negative(struct dv_reader *reader);
/* Exactly these small unsigned integers, one after the other: keys, commands, arguments. */
void dv_read_literals(struct dv_reader *reader, const uint8_t *values, uint32_t count);
void dv_read_literal(struct dv_reader *reader, uint32_t value);
/* A byte string: a reader over its content. */
struct dv_reader dv_read_byte_string(struct dv_reader *reader);
/* A byte string of exactly this many bytes; NULL if it is not. */
const uint8_t *dv_read_bytes(struct dv_reader *reader, uint32_t count);
/* Only the head of a byte string that follows elsewhere: its length. */
uint32_t dv_read_byte_string_length(struct dv_reader *reader);
/* A text of at most `limit` bytes of printable ASCII: a reader over them. */
struct dv_reader dv_read_text(struct dv_reader *reader, uint32_t limit);
uint32_t dv_read_array(struct dv_reader *reader);
uint32_t dv_read_map(struct dv_reader *reader);
void dv_read_tag(struct dv_reader *reader, uint32_t tag);
void dv_read_null(struct dv_reader *reader);

/* Require something of what was read. */
void dv_require(struct dv_reader *reader, int condition);
/* Whether everything was as expected and nothing follows. */
int dv_is_finished(const struct dv_reader *reader);

#endif
