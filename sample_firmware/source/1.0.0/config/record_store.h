/*
 * Small values by number, kept over a reset in a RAM region that stands for two flash pages.
 *
 * A page is a header and records behind each other; the newest record of a key counts. Each record
 * carries a CRC-32, so one that a reset tore is recognised and everything before it still counts.
 * A full page is copied, newest values only, to the other page, which becomes valid last.
 */
#ifndef CONFIG_RECORD_STORE_H
#define CONFIG_RECORD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_VALUE_BYTES 32

struct record_store_usage {
    uint32_t sequence; /* how often the store has changed pages */
    uint32_t used_bytes;
    uint32_t page_bytes;
    uint32_t records;
};

/* Finds the valid page; false when there was none and an empty store was made. */
bool record_store_mount(void);

/* Reads the newest value of key; false when there is none of that size. */
bool record_store_get(uint16_t key, void *value, size_t size);

/* Stores a value of 1 to RECORD_VALUE_BYTES bytes; false when the store is full of other keys. */
bool record_store_put(uint16_t key, const void *value, size_t size);

/* Forgets everything. */
void record_store_erase(void);

struct record_store_usage record_store_usage(void);

#endif
