#include "config/record_store.h"

#include <string.h>

#include "lib/checksums.h"

#define PAGE_BYTES 4096u
#define PAGE_MAGIC 0x47464353u /* "SCFG" in a dump */
#define ERASED_KEY 0xFFFFu

struct page_header {
    uint32_t magic;
    uint32_t sequence;
    uint32_t crc; /* of magic and sequence; written last */
};

struct record_header {
    uint16_t key;
    uint16_t size;
    uint32_t crc; /* of key, size and value */
};

__attribute__((section(".config_store"), aligned(4))) static uint8_t pages[2][PAGE_BYTES];

static unsigned active;
static uint32_t end_offset; /* first free byte of the active page */

static uint32_t record_bytes(size_t value_bytes)
{
    return (uint32_t)(sizeof(struct record_header) + ((value_bytes + 3u) & ~(size_t)3u));
}

static uint32_t record_crc(const struct record_header *header, const void *value)
{
    uint32_t crc = crc32(header, offsetof(struct record_header, crc));
    return crc32_continue(crc, value, header->size);
}

static bool page_is_valid(unsigned page)
{
    struct page_header header;
    memcpy(&header, pages[page], sizeof header);
    return header.magic == PAGE_MAGIC &&
           header.crc == crc32(&header, offsetof(struct page_header, crc));
}

static uint32_t page_sequence(unsigned page)
{
    struct page_header header;
    memcpy(&header, pages[page], sizeof header);
    return header.sequence;
}

static void seal_page(unsigned page, uint32_t sequence)
{
    struct page_header header = {.magic = PAGE_MAGIC, .sequence = sequence};
    header.crc = crc32(&header, offsetof(struct page_header, crc));
    memcpy(pages[page], &header, sizeof header);
}

/* Reads the record at offset; false at the end of the page's valid records. */
static bool read_record(unsigned page, uint32_t offset, struct record_header *header)
{
    if (offset + sizeof *header > PAGE_BYTES) {
        return false;
    }
    memcpy(header, &pages[page][offset], sizeof *header);
    if (header->key == ERASED_KEY || header->size == 0 || header->size > RECORD_VALUE_BYTES ||
        offset + record_bytes(header->size) > PAGE_BYTES) {
        return false;
    }
    return header->crc == record_crc(header, &pages[page][offset + sizeof *header]);
}

static uint32_t append(unsigned page, uint32_t offset, uint16_t key, const void *value, size_t size)
{
    struct record_header header = {.key = key, .size = (uint16_t)size};
    header.crc = record_crc(&header, value);
    memcpy(&pages[page][offset + sizeof header], value, size);
    memcpy(&pages[page][offset], &header, sizeof header);
    return offset + record_bytes(size);
}

static void find_end(void)
{
    struct record_header header;
    end_offset = sizeof(struct page_header);
    while (read_record(active, end_offset, &header)) {
        end_offset += record_bytes(header.size);
    }
    /* What a torn write left behind must not look like the tail of a later record. */
    memset(&pages[active][end_offset], 0xFF, PAGE_BYTES - end_offset);
}

bool record_store_mount(void)
{
    bool first_valid = page_is_valid(0);
    bool second_valid = page_is_valid(1);
    if (!first_valid && !second_valid) {
        record_store_erase();
        return false;
    }
    if (first_valid && second_valid) {
        active = (int32_t)(page_sequence(1) - page_sequence(0)) > 0 ? 1 : 0;
    } else {
        active = second_valid ? 1 : 0;
    }
    find_end();
    return true;
}

void record_store_erase(void)
{
    memset(pages, 0xFF, sizeof pages);
    active = 0;
    end_offset = sizeof(struct page_header);
    seal_page(active, 1);
}

/* The offset of the newest record of key in the active page, or 0. */
static uint32_t find_newest(uint16_t key, struct record_header *found)
{
    struct record_header header;
    uint32_t newest = 0;
    for (uint32_t offset = sizeof(struct page_header); offset < end_offset;
         offset += record_bytes(header.size)) {
        if (!read_record(active, offset, &header)) {
            break;
        }
        if (header.key == key) {
            newest = offset;
            *found = header;
        }
    }
    return newest;
}

bool record_store_get(uint16_t key, void *value, size_t size)
{
    struct record_header header;
    uint32_t offset = find_newest(key, &header);
    if (offset == 0 || header.size != size) {
        return false;
    }
    memcpy(value, &pages[active][offset + sizeof header], size);
    return true;
}

/* Copies the newest record of every key except one, which is about to be replaced. */
static void change_page(uint16_t except_key)
{
    unsigned other = 1u - active;
    uint32_t target = sizeof(struct page_header);
    struct record_header header;
    memset(pages[other], 0xFF, PAGE_BYTES);
    for (uint32_t offset = sizeof(struct page_header); offset < end_offset;
         offset += record_bytes(header.size)) {
        struct record_header newest;
        if (!read_record(active, offset, &header)) {
            break;
        }
        if (header.key != except_key && find_newest(header.key, &newest) == offset) {
            const void *value = &pages[active][offset + sizeof header];
            target = append(other, target, header.key, value, header.size);
        }
    }
    seal_page(other, page_sequence(active) + 1u);
    active = other;
    end_offset = target;
}

bool record_store_put(uint16_t key, const void *value, size_t size)
{
    if (key == ERASED_KEY || size == 0 || size > RECORD_VALUE_BYTES) {
        return false;
    }
    if (end_offset + record_bytes(size) > PAGE_BYTES) {
        change_page(key);
        if (end_offset + record_bytes(size) > PAGE_BYTES) {
            return false;
        }
    }
    end_offset = append(active, end_offset, key, value, size);
    return true;
}

struct record_store_usage record_store_usage(void)
{
    struct record_store_usage usage = {
        .sequence = page_sequence(active), .used_bytes = end_offset, .page_bytes = PAGE_BYTES};
    struct record_header header;
    for (uint32_t offset = sizeof(struct page_header); read_record(active, offset, &header);
         offset += record_bytes(header.size)) {
        usage.records++;
    }
    return usage;
}
