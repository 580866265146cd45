/* See cells.h. */
#include "cells.h"

#include <string.h>

#define BLANK 0xFFu

/* splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). */
static uint64_t next_chance(struct cells *cells)
{
    uint64_t mixed = cells->chance += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}

uint32_t cells_draw(struct cells *cells, uint32_t limit)
{
    return (uint32_t)((next_chance(cells) >> 32) * limit >> 32);
}

static uint8_t noise(struct cells *cells)
{
    return (uint8_t)(next_chance(cells) >> 56);
}

static uint32_t unit_of(const struct cells *cells, uint32_t offset)
{
    return offset / cells->unit_bytes;
}

static void trade(uint8_t *one, uint8_t *other, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint8_t kept = one[i];
        one[i] = other[i];
        other[i] = kept;
    }
}

static void keep_other(struct cells *cells, struct cell_range range)
{
    uint32_t unit = unit_of(cells, range.offset);
    memcpy(cells->other_content + range.offset, cells->content + range.offset, range.bytes);
    memcpy(cells->other_unit_marks + unit, cells->unit_marks + unit,
           range.bytes / cells->unit_bytes);
}

void cells_erase(struct cells *cells, struct cell_range range)
{
    memset(cells->content + range.offset, BLANK, range.bytes);
    memset(cells->unit_marks + unit_of(cells, range.offset), 0, range.bytes / cells->unit_bytes);
    cells->sector_marks[range.sector] = 0;
}

static void erase_part(struct cells *cells, struct cell_range range)
{
    uint32_t units = range.bytes / cells->unit_bytes;
    uint32_t kept = cells_draw(cells, units);
    uint32_t first = cells_draw(cells, 2) ? units - kept : 0;
    uint32_t at = range.offset + first * cells->unit_bytes;
    keep_other(cells, range);
    cells_erase(cells, range);
    memcpy(cells->content + at, cells->other_content + at, kept * cells->unit_bytes);
    memcpy(cells->unit_marks + unit_of(cells, at), cells->other_unit_marks + unit_of(cells, at),
           kept);
}

static void set_some_bits(struct cells *cells, struct cell_range range)
{
    for (uint32_t i = 0; i < range.bytes; i++) cells->content[range.offset + i] |= noise(cells);
    cells->sector_marks[range.sector] = SECTOR_WEAK;
}

static void spoil_units(struct cells *cells, struct cell_range range)
{
    uint32_t first = unit_of(cells, range.offset);
    uint32_t units = range.bytes / cells->unit_bytes;
    cells->unit_marks[first + cells_draw(cells, units)] |= UNIT_UNREADABLE;
    for (uint32_t unit = first; unit < first + units; unit++) {
        if (cells_draw(cells, 8) == 0) cells->unit_marks[unit] |= UNIT_UNREADABLE;
    }
}

int cells_settle(struct cells *cells, struct cell_range sector)
{
    int was_unsettled = 0;
    uint32_t first = unit_of(cells, sector.offset);
    uint32_t units = sector.bytes / cells->unit_bytes;
    if (cells->sector_marks[sector.sector] & SECTOR_UNSETTLED) {
        was_unsettled = 1;
        if (cells_draw(cells, 2)) {
            trade(cells->content + sector.offset, cells->other_content + sector.offset,
                  sector.bytes);
            trade(cells->unit_marks + first, cells->other_unit_marks + first, units);
        }
    }
    for (uint32_t unit = first; unit < first + units; unit++) {
        if (!(cells->unit_marks[unit] & UNIT_UNSETTLED)) continue;
        was_unsettled = 1;
        if (cells_draw(cells, 2) == 0) continue;
        uint32_t offset = unit * cells->unit_bytes;
        trade(cells->content + offset, cells->other_content + offset, cells->unit_bytes);
    }
    return was_unsettled;
}

void cells_cut_erase(struct cells *cells, struct cell_range range, enum flash_model_cut variant)
{
    /* What was unsettled may be pushed to its other outcome by the attempt, and stay there. */
    if (variant != FLASH_MODEL_NOT_DONE) (void)cells_settle(cells, range);
    switch (variant) {
    case FLASH_MODEL_DONE:
        cells_erase(cells, range);
        break;
    case FLASH_MODEL_PARTIAL:
        erase_part(cells, range);
        break;
    case FLASH_MODEL_TORN:
        set_some_bits(cells, range);
        break;
    case FLASH_MODEL_BLANK:
        cells_erase(cells, range);
        cells->sector_marks[range.sector] = SECTOR_WEAK;
        break;
    case FLASH_MODEL_UNSETTLED:
        keep_other(cells, range);
        cells_erase(cells, range);
        cells->sector_marks[range.sector] = SECTOR_WEAK | SECTOR_UNSETTLED;
        cells->has_unsettled = 1;
        break;
    case FLASH_MODEL_UNREADABLE_CUT:
        set_some_bits(cells, range);
        spoil_units(cells, range);
        break;
    case FLASH_MODEL_NOT_DONE:
    case FLASH_MODEL_CUT_COUNT:
        break;
    }
}

/* Weak cells drift either way: one bit in eight, at once or from the next power-on. */
static void program_weak(struct cells *cells, struct cell_range range)
{
    uint32_t first = unit_of(cells, range.offset);
    int holds_for_now = cells_draw(cells, 2) == 0;
    keep_other(cells, range);
    for (uint32_t i = 0; i < range.bytes; i++) {
        cells->other_content[range.offset + i] ^=
            (uint8_t)(noise(cells) & noise(cells) & noise(cells));
    }
    if (!holds_for_now) {
        memcpy(cells->content + range.offset, cells->other_content + range.offset, range.bytes);
        return;
    }
    for (uint32_t i = 0; i < range.bytes / cells->unit_bytes; i++) {
        cells->unit_marks[first + i] |= UNIT_UNSETTLED;
        cells->other_unit_marks[first + i] |= UNIT_UNSETTLED;
    }
    cells->has_unsettled = 1;
}

/* A bit that is programmed is so in either outcome of an unsettled unit, the others stay open. */
void cells_program(struct cells *cells, struct cell_range range, const uint8_t *charge)
{
    if (range.bytes == 0) return;
    for (uint32_t i = 0; i < range.bytes; i++) {
        cells->content[range.offset + i] &= charge[i];
        cells->other_content[range.offset + i] &= charge[i];
    }
    uint32_t first = unit_of(cells, range.offset);
    for (uint32_t i = 0; i < range.bytes / cells->unit_bytes; i++) {
        cells->unit_marks[first + i] |= UNIT_SPENT;
    }
    if (cells->sector_marks[range.sector] & SECTOR_WEAK) program_weak(cells, range);
}

/* Half programmed: some bits that should be cleared are not; one time in four, none is. */
static void tear(struct cells *cells, uint8_t *content, const uint8_t *charge, uint32_t count)
{
    int reads_blank = cells_draw(cells, 4) == 0;
    for (uint32_t i = 0; i < count; i++) {
        content[i] &= (uint8_t)(charge[i] | (reads_blank ? BLANK : noise(cells)));
    }
}

void cells_cut_program(struct cells *cells, struct cell_range range, const uint8_t *charge,
                       uint32_t whole_units, enum flash_model_cut variant)
{
    uint32_t reached = whole_units * cells->unit_bytes;
    uint8_t *content = cells->content + range.offset + reached;
    uint32_t unit = unit_of(cells, range.offset + reached);
    struct cell_range rest = {range.offset + reached, cells->unit_bytes, range.sector};
    if (variant == FLASH_MODEL_NOT_DONE) return;
    if (variant == FLASH_MODEL_DONE) {
        cells_program(cells, range, charge);
        return;
    }
    range.bytes = reached;
    cells_program(cells, range, charge);
    if (variant == FLASH_MODEL_PARTIAL) return;
    cells->unit_marks[unit] |= UNIT_SPENT;
    if (variant == FLASH_MODEL_UNREADABLE_CUT) cells->unit_marks[unit] |= UNIT_UNREADABLE;
    if (variant == FLASH_MODEL_UNSETTLED) {
        cells->unit_marks[unit] |= UNIT_UNSETTLED;
        cells->has_unsettled = 1;
        keep_other(cells, rest);
        for (uint32_t i = 0; i < rest.bytes; i++) {
            cells->other_content[rest.offset + i] &= charge[reached + i];
        }
    }
    if (variant != FLASH_MODEL_BLANK) tear(cells, content, charge + reached, rest.bytes);
}
