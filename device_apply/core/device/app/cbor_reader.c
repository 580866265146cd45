#include "cbor_reader.h"

#include <stddef.h>

/* The top three bits of an item's first byte (RFC 8949 section 3.1). */
enum major {
    MAJOR_UNSIGNED = 0,
    MAJOR_NEGATIVE = 1,
    MAJOR_BYTES = 2,
    MAJOR_TEXT = 3,
    MAJOR_ARRAY = 4,
    MAJOR_MAP = 5,
    MAJOR_TAG = 6,
    MAJOR_SIMPLE = 7
};

#define SIMPLE_NULL 22u
/* Arguments below this are part of the first byte; 24, 25, 26 announce 1, 2, 4 bytes. */
#define DIRECT_LIMIT 24u
#define LAST_SIZED 26u

struct dv_reader dv_reader_over(const uint8_t *bytes, uint32_t count)
{
    return (struct dv_reader){bytes, count, 0, 0};
}

void dv_require(struct dv_reader *reader, int condition)
{
    if (!condition) reader->is_malformed = 1;
}

int dv_is_finished(const struct dv_reader *reader)
{
    return !reader->is_malformed && reader->position == reader->count;
}

/* The next `count` bytes, or NULL. */
static const uint8_t *take(struct dv_reader *reader, uint32_t count)
{
    dv_require(reader, count <= reader->count - reader->position);
    if (reader->is_malformed) return NULL;
    reader->position += count;
    return reader->bytes + reader->position - count;
}

/* Arguments of 8 bytes are refused: everything in a manifest fits 32 bits. */
static uint32_t read_argument(struct dv_reader *reader, uint32_t additional)
{
    uint32_t argument = 0;
    dv_require(reader, additional <= LAST_SIZED);
    if (additional < DIRECT_LIMIT || reader->is_malformed) return additional;
    uint32_t size = 1u << (additional - DIRECT_LIMIT);
    const uint8_t *bytes = take(reader, size);
    if (bytes == NULL) return 0;
    for (uint32_t i = 0; i < size; i++) argument = argument << 8 | bytes[i];
    /* The shortest form only: one byte holds nothing below 24, two nothing below 2^8, ... */
    dv_require(reader, size == 1 ? argument >= DIRECT_LIMIT : argument >> (4u * size) != 0);
    return argument;
}

static uint32_t read_head(struct dv_reader *reader, enum major major)
{
    const uint8_t *first = take(reader, 1);
    if (first == NULL) return 0;
    dv_require(reader, first[0] >> 5 == (int)major);
    uint32_t argument = read_argument(reader, first[0] & 0x1Fu);
    return reader->is_malformed ? 0 : argument;
}

uint32_t dv_read_unsigned(struct dv_reader *reader)
{
    return read_head(reader, MAJOR_UNSIGNED);
}

int32_t dv_read_negative(struct dv_reader *reader)
{
    uint32_t argument = read_head(reader, MAJOR_NEGATIVE);
    dv_require(reader, argument <= (uint32_t)INT32_MAX);
    return reader->is_malformed ? 0 : -1 - (int32_t)argument;
}

void dv_read_literal(struct dv_reader *reader, uint32_t value)
{
    dv_require(reader, dv_read_unsigned(reader) == value);
}

void dv_read_literals(struct dv_reader *reader, const uint8_t *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) dv_read_literal(reader, values[i]);
}

static struct dv_reader read_string(struct dv_reader *reader, enum major major)
{
    uint32_t length = read_head(reader, major);
    const uint8_t *bytes = take(reader, length);
    if (bytes == NULL) return (struct dv_reader){.is_malformed = 1};
    return dv_reader_over(bytes, length);
}

struct dv_reader dv_read_byte_string(struct dv_reader *reader)
{
    return read_string(reader, MAJOR_BYTES);
}

const uint8_t *dv_read_bytes(struct dv_reader *reader, uint32_t count)
{
    struct dv_reader content = dv_read_byte_string(reader);
    dv_require(reader, content.count == count);
    return reader->is_malformed ? NULL : content.bytes;
}

uint32_t dv_read_byte_string_length(struct dv_reader *reader)
{
    return read_head(reader, MAJOR_BYTES);
}

/* The profile's texts are printable ASCII (SPEC.md section 3), which spares a UTF-8 decoder. */
static int is_printable(const struct dv_reader *text)
{
    for (uint32_t i = 0; i < text->count; i++) {
        if (text->bytes[i] < ' ' || text->bytes[i] > '~') return 0;
    }
    return 1;
}

struct dv_reader dv_read_text(struct dv_reader *reader, uint32_t limit)
{
    struct dv_reader text = read_string(reader, MAJOR_TEXT);
    dv_require(reader, text.count <= limit && is_printable(&text));
    return text;
}

uint32_t dv_read_array(struct dv_reader *reader)
{
    return read_head(reader, MAJOR_ARRAY);
}

uint32_t dv_read_map(struct dv_reader *reader)
{
    return read_head(reader, MAJOR_MAP);
}

void dv_read_tag(struct dv_reader *reader, uint32_t tag)
{
    dv_require(reader, read_head(reader, MAJOR_TAG) == tag);
}

void dv_read_null(struct dv_reader *reader)
{
    dv_require(reader, read_head(reader, MAJOR_SIMPLE) == SIMPLE_NULL);
}
