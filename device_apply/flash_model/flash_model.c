/* The rules of the flash, its counters and its power switch, see flash_model.h. */
#include "flash_model.h"

#include <stdlib.h>
#include <string.h>

#include "cells.h"

/* What a read that faults leaves in the buffer: neither blank nor what was there. */
#define FAULT_FILL 0x5Au

struct plan {
    uint32_t at_operation; /* 0: none */
    enum flash_model_cut variant;
    uint32_t seed;
};

struct flash_model {
    struct flash_model_part part;
    struct flash_model_sector *sectors;
    uint32_t *sector_offsets; /* one more than sectors: the last is the size */
    uint32_t *sector_erases;
    uint8_t *memory; /* every array of `cells` */
    uint32_t memory_bytes;
    struct cells cells;
    struct flash_model_usage usage;
    struct plan plan;
    struct flash_model_cut_place cut_place;
    uint32_t protected_offset;
    uint32_t protected_bytes;
    int has_power;
    flash_model_observer observer; /* NULL: none; not part of a copy */
    void *observer_context;
};

static int is_possible(const struct flash_model_part *part)
{
    uint32_t unit = part->write_unit_bytes;
    uint64_t size = 0;
    if (part->sector_count == 0 || unit == 0 || (unit & (unit - 1)) != 0) return 0;
    if (part->erased_value != 0xFF && part->erased_value != 0x00) return 0;
    for (uint32_t i = 0; i < part->sector_count; i++) {
        uint32_t bytes = part->sectors[i].bytes;
        if (bytes == 0 || bytes % unit != 0) return 0;
        size += bytes;
    }
    return size <= 1u << 30;
}

static int allocate(struct flash_model *flash)
{
    uint32_t size = flash->sector_offsets[flash->part.sector_count];
    uint32_t units = size / flash->part.write_unit_bytes;
    flash->memory_bytes = 2 * size + 2 * units + flash->part.sector_count;
    flash->memory = calloc(flash->memory_bytes, 1);
    if (flash->memory == NULL) return 0;
    flash->cells = (struct cells){
        .content = flash->memory,
        .other_content = flash->memory + size,
        .unit_marks = flash->memory + 2 * size,
        .other_unit_marks = flash->memory + 2 * size + units,
        .sector_marks = flash->memory + 2 * size + 2 * units,
        .unit_bytes = flash->part.write_unit_bytes,
    };
    memset(flash->cells.content, 0xFF, size);
    return 1;
}

struct flash_model *flash_model_new(const struct flash_model_part *part)
{
    if (!is_possible(part)) return NULL;
    struct flash_model *flash = calloc(1, sizeof *flash);
    if (flash == NULL) return NULL;
    uint32_t count = part->sector_count;
    flash->part = *part;
    flash->sectors = calloc(count, sizeof *flash->sectors);
    flash->sector_offsets = calloc(count + 1, sizeof *flash->sector_offsets);
    flash->sector_erases = calloc(count, sizeof *flash->sector_erases);
    if (flash->sectors != NULL && flash->sector_offsets != NULL && flash->sector_erases != NULL) {
        memcpy(flash->sectors, part->sectors, count * sizeof *flash->sectors);
        flash->part.sectors = flash->sectors;
        for (uint32_t i = 0; i < count; i++) {
            flash->sector_offsets[i + 1] = flash->sector_offsets[i] + part->sectors[i].bytes;
        }
        flash->has_power = 1;
        if (allocate(flash)) return flash;
    }
    flash_model_free(flash);
    return NULL;
}

void flash_model_free(struct flash_model *flash)
{
    if (flash == NULL) return;
    free(flash->memory);
    free(flash->sector_erases);
    free(flash->sector_offsets);
    free(flash->sectors);
    free(flash);
}

void flash_model_copy(struct flash_model *flash, const struct flash_model *from)
{
    memcpy(flash->memory, from->memory, from->memory_bytes);
    memcpy(flash->sector_erases, from->sector_erases,
           from->part.sector_count * sizeof *from->sector_erases);
    flash->cells.chance = from->cells.chance;
    flash->cells.has_unsettled = from->cells.has_unsettled;
    flash->usage = from->usage;
    flash->plan = from->plan;
    flash->cut_place = from->cut_place;
    flash->protected_offset = from->protected_offset;
    flash->protected_bytes = from->protected_bytes;
    flash->has_power = from->has_power;
}

struct flash_model *flash_model_clone(const struct flash_model *flash)
{
    struct flash_model *clone = flash_model_new(&flash->part);
    if (clone != NULL) flash_model_copy(clone, flash);
    return clone;
}

uint32_t flash_model_size(const struct flash_model *flash)
{
    return flash->sector_offsets[flash->part.sector_count];
}

uint32_t flash_model_sector_count(const struct flash_model *flash)
{
    return flash->part.sector_count;
}

uint32_t flash_model_sector_erases(const struct flash_model *flash, uint32_t sector)
{
    return sector < flash->part.sector_count ? flash->sector_erases[sector] : 0;
}

/* The sector that `offset`, which is inside the flash, lies in. */
static struct cell_range sector_of(const struct flash_model *flash, uint32_t offset)
{
    uint32_t low = 0;
    uint32_t high = flash->part.sector_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (flash->sector_offsets[middle] <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (struct cell_range){flash->sector_offsets[low], flash->sectors[low].bytes, low};
}

static int is_inside(const struct flash_model *flash, uint32_t offset, uint32_t count)
{
    uint32_t size = flash_model_size(flash);
    return offset <= size && count <= size - offset;
}

uint32_t flash_model_sector_at(const struct flash_model *flash, uint32_t offset)
{
    if (!is_inside(flash, offset, 1)) return 0;
    struct cell_range sector = sector_of(flash, offset);
    return sector.offset == offset ? sector.bytes : 0;
}

void flash_model_usage_of(const struct flash_model *flash, struct flash_model_usage *usage)
{
    *usage = flash->usage;
}

static enum flash_model_result trap(struct flash_model *flash)
{
    flash->usage.traps++;
    return FLASH_MODEL_TRAPPED;
}

static int is_protected(const struct flash_model *flash, uint32_t offset, uint32_t count)
{
    return offset < flash->protected_offset + flash->protected_bytes &&
           flash->protected_offset < offset + count;
}

static int any_marked(const struct cells *cells, uint32_t offset, uint32_t count, uint8_t mark)
{
    if (count == 0) return 0;
    uint32_t last = (offset + count - 1) / cells->unit_bytes;
    for (uint32_t unit = offset / cells->unit_bytes; unit <= last; unit++) {
        if (cells->unit_marks[unit] & mark) return 1;
    }
    return 0;
}

enum flash_model_result flash_model_read(struct flash_model *flash, uint32_t offset, void *bytes,
                                         uint32_t count)
{
    uint8_t *out = bytes;
    uint8_t mask = (uint8_t)~flash->part.erased_value;
    if (!flash->has_power) return FLASH_MODEL_POWER_LOST;
    if (!is_inside(flash, offset, count)) return trap(flash);
    if (any_marked(&flash->cells, offset, count, UNIT_UNREADABLE)) {
        memset(bytes, FAULT_FILL, count);
        return FLASH_MODEL_UNREADABLE;
    }
    memcpy(out, flash->cells.content + offset, count);
    if (mask != 0) {
        for (uint32_t i = 0; i < count; i++) out[i] ^= mask;
    }
    return FLASH_MODEL_OK;
}

/* Count an operation; if the planned cut hits it, seed chance and lose the power. */
static int is_cut(struct flash_model *flash, uint32_t offset, uint8_t is_erasing)
{
    flash->usage.operations++;
    if (flash->usage.operations != flash->plan.at_operation) return 0;
    flash->cells.chance = flash->plan.seed;
    flash->cut_place = (struct flash_model_cut_place){offset, is_erasing};
    flash->has_power = 0;
    return 1;
}

static int would_set_a_bit(const struct flash_model *flash, uint32_t offset, const uint8_t *bytes,
                           uint32_t count)
{
    uint8_t mask = (uint8_t)~flash->part.erased_value;
    for (uint32_t i = 0; i < count; i++) {
        if ((uint8_t)(bytes[i] ^ mask) & (uint8_t)~flash->cells.content[offset + i]) return 1;
    }
    return 0;
}

static enum flash_model_result check_program(struct flash_model *flash, uint32_t offset,
                                             const uint8_t *bytes, uint32_t count)
{
    uint32_t unit = flash->part.write_unit_bytes;
    if (!is_inside(flash, offset, count) || count == 0 || offset % unit != 0 ||
        count % unit != 0 || is_protected(flash, offset, count)) {
        return trap(flash);
    }
    if (any_marked(&flash->cells, offset, count, UNIT_UNREADABLE)) return FLASH_MODEL_REFUSED;
    if (flash->part.program_once ? any_marked(&flash->cells, offset, count, UNIT_SPENT)
                                 : would_set_a_bit(flash, offset, bytes, count)) {
        return FLASH_MODEL_REFUSED;
    }
    return FLASH_MODEL_OK;
}

/* Program `count` bytes that lie in one sector; `cut_at` is the unit that a cut reaches. */
static void program_piece(struct flash_model *flash, struct cell_range piece, const uint8_t *bytes,
                          uint32_t cut_at)
{
    uint8_t charge[256];
    uint8_t mask = (uint8_t)~flash->part.erased_value;
    while (piece.bytes > 0) {
        uint32_t step = piece.bytes < sizeof charge ? piece.bytes : (uint32_t)sizeof charge;
        uint32_t units = step / flash->part.write_unit_bytes;
        struct cell_range part = {piece.offset, step, piece.sector};
        for (uint32_t i = 0; i < step; i++) charge[i] = bytes[i] ^ mask;
        if (cut_at < units) {
            cells_cut_program(&flash->cells, part, charge, cut_at, flash->plan.variant);
            return;
        }
        cells_program(&flash->cells, part, charge);
        cut_at -= units;
        bytes += step;
        piece.offset += step;
        piece.bytes -= step;
    }
}

enum flash_model_result flash_model_program(struct flash_model *flash, uint32_t offset,
                                            const void *bytes, uint32_t count)
{
    const uint8_t *from = bytes;
    uint32_t unit = flash->part.write_unit_bytes;
    uint32_t cut_at = UINT32_MAX;
    if (!flash->has_power) return FLASH_MODEL_POWER_LOST;
    enum flash_model_result result = check_program(flash, offset, from, count);
    if (result != FLASH_MODEL_OK) return result;
    if (flash->observer != NULL) flash->observer(flash->observer_context, offset, bytes, count);
    flash->usage.programmed_bytes += count;
    flash->usage.busy_ns += (uint64_t)(count / unit) * flash->part.program_unit_ns;
    if (is_cut(flash, offset, 0)) {
        if (flash->plan.variant == FLASH_MODEL_NOT_DONE) return FLASH_MODEL_POWER_LOST;
        if (flash->plan.variant != FLASH_MODEL_DONE) {
            /* Half of the cuts hit the last unit: whether a record is whole depends on it. */
            uint32_t last = count / unit - 1;
            cut_at = cells_draw(&flash->cells, 2) ? last : cells_draw(&flash->cells, last + 1);
        }
    }
    while (count > 0) {
        struct cell_range sector = sector_of(flash, offset);
        uint32_t room = sector.offset + sector.bytes - offset;
        struct cell_range piece = {offset, count < room ? count : room, sector.sector};
        program_piece(flash, piece, from, cut_at);
        if (cut_at < piece.bytes / unit) break;
        if (cut_at != UINT32_MAX) cut_at -= piece.bytes / unit;
        from += piece.bytes;
        offset += piece.bytes;
        count -= piece.bytes;
    }
    return flash->has_power ? FLASH_MODEL_OK : FLASH_MODEL_POWER_LOST;
}

enum flash_model_result flash_model_erase(struct flash_model *flash, uint32_t offset)
{
    uint32_t bytes = flash_model_sector_at(flash, offset);
    if (!flash->has_power) return FLASH_MODEL_POWER_LOST;
    if (bytes == 0 || is_protected(flash, offset, bytes)) return trap(flash);
    struct cell_range sector = sector_of(flash, offset);
    if (flash->observer != NULL) flash->observer(flash->observer_context, offset, NULL, bytes);
    flash->sector_erases[sector.sector]++;
    flash->usage.erases++;
    flash->usage.busy_ns += (uint64_t)flash->sectors[sector.sector].erase_us * 1000u;
    if (is_cut(flash, offset, 1)) {
        cells_cut_erase(&flash->cells, sector, flash->plan.variant);
        return FLASH_MODEL_POWER_LOST;
    }
    cells_erase(&flash->cells, sector);
    return FLASH_MODEL_OK;
}

void flash_model_plan_cut(struct flash_model *flash, uint32_t operation,
                          enum flash_model_cut variant, uint32_t seed)
{
    uint32_t at = operation == 0 ? 0 : flash->usage.operations + operation;
    flash->plan = (struct plan){at, variant, seed};
}

void flash_model_cut_place_of(const struct flash_model *flash,
                              struct flash_model_cut_place *place)
{
    *place = flash->cut_place;
}

int flash_model_has_power(const struct flash_model *flash)
{
    return flash->has_power;
}

void flash_model_power_on(struct flash_model *flash)
{
    flash->has_power = 1;
    if (!flash->cells.has_unsettled) return;
    flash->cells.has_unsettled = 0;
    for (uint32_t i = 0; i < flash->part.sector_count; i++) {
        struct cell_range sector = {flash->sector_offsets[i], flash->sectors[i].bytes, i};
        if (cells_settle(&flash->cells, sector)) flash->cells.has_unsettled = 1;
    }
}

void flash_model_observe(struct flash_model *flash, flash_model_observer observer, void *context)
{
    flash->observer = observer;
    flash->observer_context = context;
}

void flash_model_protect(struct flash_model *flash, uint32_t offset, uint32_t bytes)
{
    flash->protected_offset = offset;
    flash->protected_bytes = bytes;
}
