#include "app/history_upload.h"

#include <string.h>

#include "app/history.h"

#define VALUES 4
#define RECORD_LIMIT (VALUES * 5u) /* five bytes hold any 32-bit difference */

static size_t encode_signed(int32_t value, uint8_t *to)
{
    uint32_t left = ((uint32_t)value << 1) ^ (value < 0 ? 0xFFFFFFFFu : 0u);
    size_t size = 0;
    while (left >= 0x80u) {
        to[size++] = (uint8_t)(left | 0x80u);
        left >>= 7;
    }
    to[size++] = (uint8_t)left;
    return size;
}

static size_t encode_record(const struct history_record *record, int32_t previous[VALUES],
                            uint8_t *to)
{
    const int32_t values[VALUES] = {
        (int32_t)record->time_s,
        record->temperature_centi_c,
        record->humidity_centi_percent,
        record->pressure_deca_pa,
    };
    size_t size = 0;
    for (int i = 0; i < VALUES; i++) {
        size += encode_signed(values[i] - previous[i], to + size);
        previous[i] = values[i];
    }
    return size;
}

size_t history_upload_encode(uint8_t *to, size_t limit)
{
    int32_t previous[VALUES] = {0};
    struct history_record record;
    uint8_t encoded[RECORD_LIMIT];
    size_t used = 1;
    uint8_t count = 0;
    while (history_get(count, &record)) {
        size_t size = encode_record(&record, previous, encoded);
        if (used + size > limit) {
            break;
        }
        memcpy(to + used, encoded, size);
        used += size;
        count++;
    }
    to[0] = count;
    return count == 0 ? 0 : used;
}
