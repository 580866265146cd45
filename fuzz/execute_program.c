/*
 * Fuzz target: what the bootloader executes in place, with any program in flash.
 *
 * An input is the area of a program, from its head on. The checksums of head and end are made right,
 * so that everything behind them is reached. The sanitizers watch memory; checked here is that reads
 * stay inside slot, area and stash, and that the work is bounded.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "airdelta_installer.h"
#include "bytes.h"
#include "crc32.h"
#include "new_page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t count);

#define PAGE_BYTES 256u
#define SLOT_BYTES (16u * PAGE_BYTES)
#define AREA_BYTES 8192u
#define STASH_PAGES 3u
#define AREA_AT SLOT_BYTES
#define STASH_AT (AREA_AT + AREA_BYTES)
#define FLASH_BYTES (STASH_AT + STASH_PAGES * PAGE_BYTES)
#define STEPS_MAX (SLOT_BYTES / PAGE_BYTES)

static uint8_t flash[FLASH_BYTES];

static enum airdelta_flash_result read_flash(void *context, uint32_t offset, void *bytes,
                                             uint32_t count)
{
    (void)context;
    if (offset > FLASH_BYTES || count > FLASH_BYTES - offset) abort();
    memcpy(bytes, flash + offset, count);
    return AIRDELTA_FLASH_OK;
}

static uint32_t sector_bytes(void *context, uint32_t offset)
{
    (void)context;
    (void)offset;
    return PAGE_BYTES;
}

static void fill_flash(const uint8_t *data, size_t count)
{
    for (uint32_t at = 0; at < FLASH_BYTES; at++) flash[at] = (uint8_t)(at * 0x9Du >> 3);
    memset(flash + AREA_AT, 0xFF, AREA_BYTES);
    memcpy(flash + AREA_AT, data, count);
    dv_put_u32(flash + AREA_AT, DV_PROGRAM_MAGIC);
}

/* Open the program as if its checksums were right; whether it can be one at all. */
static int open_program(struct dv_program *program, const struct airdelta_port *port,
                        const struct airdelta_layout *layout, size_t count)
{
    uint8_t *end = flash + STASH_AT - DV_PROGRAM_END_BYTES;
    if (!dv_program_open_head(program, port, layout)) {
        if (program->head_end == 0) return 0;
        uint32_t head_bytes = program->head_end - AREA_AT - (uint32_t)sizeof(uint32_t);
        dv_put_u32(flash + AREA_AT + head_bytes, dv_crc32(0, flash + AREA_AT, head_bytes));
        if (!dv_program_open_head(program, port, layout)) return 0;
    }
    dv_put_u32(end, AREA_AT + (uint32_t)count);
    dv_put_u32(end + 4, dv_crc32(0, end, 4) ^ DV_PROGRAM_MAGIC);
    return dv_program_open_end(program);
}

static void execute(struct dv_program *program, int is_rehearsal)
{
    uint8_t bytes[100];
    struct dv_moment moment;
    struct dv_new_page page;
    uint32_t steps = 0;
    dv_moment_begin(&moment);
    while (dv_moment_next(program, &moment)) {
        uint32_t made = 0;
        uint32_t count;
        if (++steps > STEPS_MAX) abort();
        if (!dv_new_page_begin(&page, program, &moment, is_rehearsal)) continue;
        while ((count = dv_new_page_read(&page, bytes, sizeof bytes)) > 0) made += count;
        if (made > PAGE_BYTES) abort();
        (void)dv_new_page_is_right(&page);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t count)
{
    uint8_t seen[STEPS_MAX / 8u + 1u];
    struct dv_program program;
    const struct airdelta_port port = {.read = read_flash, .sector_bytes = sector_bytes};
    const struct airdelta_layout layout = {
        .slots = {{0, SLOT_BYTES}, {AREA_AT, AREA_BYTES}},
        .stash = {STASH_AT, STASH_PAGES * PAGE_BYTES},
        .page_bytes = PAGE_BYTES,
    };
    if (count < DV_FIXED_HEAD_BYTES || count > AREA_BYTES - DV_PROGRAM_END_BYTES) return 0;
    fill_flash(data, count);
    if (!open_program(&program, &port, &layout, count)) return 0;
    (void)dv_is_whole_plan(&program, seen);
    execute(&program, 1);
    execute(&program, 0);
    return 0;
}
