#include "configuration_file.h"

#include "bytes.h"

#define MAGIC 0x46434441u /* "ADCF" */
#define ENTRY_HEAD_BYTES 4u
#define HEAD_BYTES AIRDELTA_CONFIGURATION_HEAD_BYTES

uint32_t dv_file_bytes(const uint8_t *head, uint32_t limit)
{
    uint32_t entries_bytes = dv_get_u32(head + 8);
    if (dv_get_u32(head) != MAGIC || dv_get_u16(head + 6) != 0) return 0;
    /* A newer version may be read as far as it is understood, unless it says that it may not. */
    if (head[5] > AIRDELTA_CONFIGURATION_VERSION) return 0; /* RULE 41 */
    if (limit < HEAD_BYTES || entries_bytes > limit - HEAD_BYTES) return 0;
    return HEAD_BYTES + entries_bytes;
}

uint32_t dv_file_entry_bytes(const uint8_t *file, uint32_t at)
{
    return ENTRY_HEAD_BYTES + dv_get_u16(file + at + 2);
}

uint32_t dv_file_find(const uint8_t *file, uint32_t file_bytes, uint16_t type)
{
    uint32_t at = HEAD_BYTES;
    while (at < file_bytes && dv_get_u16(file + at) != type) at += dv_file_entry_bytes(file, at);
    return at;
}

int dv_file_is_well_formed(const uint8_t *file, uint32_t file_bytes)
{
    uint32_t at = HEAD_BYTES;
    while (at < file_bytes) {
        if (file_bytes - at < ENTRY_HEAD_BYTES) return 0;
        if (dv_file_entry_bytes(file, at) > file_bytes - at) return 0;
        if (dv_file_find(file, at, (uint16_t)dv_get_u16(file + at)) != at) return 0;
        at += dv_file_entry_bytes(file, at);
    }
    return 1;
}

void dv_file_write_head(uint8_t *file, uint32_t file_bytes)
{
    dv_put_u32(file, MAGIC);
    file[4] = AIRDELTA_CONFIGURATION_VERSION;
    file[5] = AIRDELTA_CONFIGURATION_VERSION;
    dv_put_u16(file + 6, 0);
    dv_put_u32(file + 8, file_bytes - HEAD_BYTES);
}
