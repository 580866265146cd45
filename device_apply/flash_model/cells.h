/* What the cells of a flash hold, also after an operation that lost its power. No rules here. */
#ifndef FLASH_MODEL_CELLS_H
#define FLASH_MODEL_CELLS_H

#include <stdint.h>

#include "flash_model.h"

/* Marks of a write unit. */
#define UNIT_SPENT 1u      /* programmed since the erase of its sector */
#define UNIT_UNREADABLE 2u /* reading faults */
#define UNIT_UNSETTLED 4u  /* trades places with its other outcome at power-on, or not */
/* Marks of a sector. */
#define SECTOR_WEAK 1u      /* what is programmed into it does not hold */
#define SECTOR_UNSETTLED 2u /* trades places, as a whole, with its other outcome */

/*
 * Content is kept as charge: a bit is 1 where it is erased, whatever the part calls that. Units and
 * sectors that are unsettled have their other outcome in the second pair of arrays.
 */
struct cells {
    uint8_t *content;
    uint8_t *unit_marks;
    uint8_t *other_content;
    uint8_t *other_unit_marks;
    uint8_t *sector_marks;
    uint32_t unit_bytes;
    uint64_t chance; /* state of the generator, seeded by each cut */
    int has_unsettled;
};

/* A sector as the cells see it. */
struct cell_range {
    uint32_t offset;
    uint32_t bytes;
    uint32_t sector;
};

void cells_erase(struct cells *cells, struct cell_range range);
void cells_cut_erase(struct cells *cells, struct cell_range range, enum flash_model_cut variant);
/* Program charge into a range inside one sector. */
void cells_program(struct cells *cells, struct cell_range range, const uint8_t *charge);
/* The same, cut after `whole_units` of them. */
void cells_cut_program(struct cells *cells, struct cell_range range, const uint8_t *charge,
                       uint32_t whole_units, enum flash_model_cut variant);
/* Let everything unsettled in a sector settle, for now; returns whether something was. */
int cells_settle(struct cells *cells, struct cell_range sector);

/* A number below `limit`. */
uint32_t cells_draw(struct cells *cells, uint32_t limit);

#endif
