#include "smp_cbor.h"

#include <stddef.h>
#include <string.h>

#define MAJOR_ARRAY 4u
#define MAJOR_MAP 5u
#define MAJOR_TAG 6u
#define SIMPLE_FALSE 20u
#define SIMPLE_TRUE 21u
#define MAJOR_SIMPLE 7u
#define DIRECT_LIMIT 24u
#define LAST_SIZED 26u

struct cursor {
    const uint8_t *bytes;
    uint32_t left;
};

static uint32_t length_of(const char *text)
{
    uint32_t length = 0;
    while (text[length] != '\0') length++;
    return length;
}

/* The head of the next item and, of a string, its content; 0 if there is none of ours. */
static int take_item(struct cursor *cursor, struct smp_field *item)
{
    if (cursor->left == 0) return 0;
    uint32_t additional = cursor->bytes[0] & 0x1Fu;
    uint32_t size = additional < DIRECT_LIMIT ? 0 : 1u << (additional - DIRECT_LIMIT);
    if (additional > LAST_SIZED || cursor->left < 1u + size) return 0;
    item->major = cursor->bytes[0] >> 5;
    item->number = size == 0 ? additional : 0;
    for (uint32_t i = 0; i < size; i++) item->number = item->number << 8 | cursor->bytes[1 + i];
    item->bytes = NULL;
    cursor->bytes += 1u + size;
    cursor->left -= 1u + size;
    if (item->major != SMP_MAJOR_BYTES && item->major != SMP_MAJOR_TEXT) return 1;
    if (item->number > cursor->left) return 0;
    item->bytes = cursor->bytes;
    cursor->bytes += item->number;
    cursor->left -= item->number;
    return 1;
}

/* Pass over what is inside of an item that was taken, without recursion. */
static int skip_content(struct cursor *cursor, const struct smp_field *item)
{
    struct smp_field inner = *item;
    uint32_t due = 0;
    for (;;) {
        uint32_t items = inner.major == MAJOR_ARRAY ? inner.number
                         : inner.major == MAJOR_MAP ? 2u * inner.number
                         : inner.major == MAJOR_TAG ? 1u
                                                    : 0u;
        if (items > cursor->left || due > cursor->left) return 0; /* an item takes a byte */
        due += items;
        if (due == 0) return 1;
        due--;
        if (!take_item(cursor, &inner)) return 0;
    }
}

int smp_find(const uint8_t *bytes, uint32_t count, const char *name, struct smp_field *field)
{
    struct cursor cursor = {bytes, count};
    struct smp_field map, key;
    int is_found = 0;
    if (!take_item(&cursor, &map) || map.major != MAJOR_MAP) return 0;
    for (uint32_t pair = 0; pair < map.number; pair++) {
        struct smp_field value;
        if (!take_item(&cursor, &key) || !take_item(&cursor, &value)) return 0;
        if (!skip_content(&cursor, &value)) return 0;
        if (key.major != SMP_MAJOR_TEXT || key.number != length_of(name)) continue;
        if (memcmp(key.bytes, name, key.number) != 0) continue;
        *field = value;
        is_found = 1;
    }
    return is_found;
}

static void put(struct smp_writer *writer, const uint8_t *bytes, uint32_t count)
{
    if (count > writer->capacity - writer->count) {
        writer->capacity = writer->count; /* nothing more gets in */
        return;
    }
    memcpy(writer->bytes + writer->count, bytes, count);
    writer->count += count;
}

static void put_head(struct smp_writer *writer, uint32_t major, uint32_t number)
{
    uint8_t head[5] = {(uint8_t)(major << 5)};
    uint32_t size = number < DIRECT_LIMIT ? 0 : number < 0x100u ? 1 : number < 0x10000u ? 2 : 4;
    head[0] |= (uint8_t)(size == 0 ? number : size == 1 ? 24u : size == 2 ? 25u : 26u);
    for (uint32_t i = 0; i < size; i++) head[size - i] = (uint8_t)(number >> (8 * i));
    put(writer, head, 1u + size);
}

void smp_write_map(struct smp_writer *writer, uint32_t pairs)
{
    put_head(writer, MAJOR_MAP, pairs);
}

void smp_write_array(struct smp_writer *writer, uint32_t items)
{
    put_head(writer, MAJOR_ARRAY, items);
}

void smp_write_chars(struct smp_writer *writer, const uint8_t *chars, uint32_t count)
{
    put_head(writer, SMP_MAJOR_TEXT, count);
    put(writer, chars, count);
}

void smp_write_text(struct smp_writer *writer, const char *text)
{
    smp_write_chars(writer, (const uint8_t *)text, length_of(text));
}

void smp_write_bytes(struct smp_writer *writer, const uint8_t *bytes, uint32_t count)
{
    put_head(writer, SMP_MAJOR_BYTES, count);
    put(writer, bytes, count);
}

void smp_write_number(struct smp_writer *writer, uint32_t number)
{
    put_head(writer, SMP_MAJOR_UNSIGNED, number);
}

void smp_write_flag(struct smp_writer *writer, int is_true)
{
    put_head(writer, MAJOR_SIMPLE, is_true ? SIMPLE_TRUE : SIMPLE_FALSE);
}
