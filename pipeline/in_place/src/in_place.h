/*
 * A commit in place on the host: the device's own sources over flash that is memory, to know exactly
 * what a program takes before anyone receives it.
 */
#ifndef AIRDELTA_IN_PLACE_H
#define AIRDELTA_IN_PLACE_H

#include <stdint.h>

#include "plan_search.h"

struct in_place;

struct in_place_images {
    const uint8_t *base;
    const uint8_t *new_;
    const uint8_t *patch;
    uint32_t base_bytes;
    uint32_t new_bytes;
    uint32_t patch_bytes;
    uint32_t page_bytes;
    uint32_t sector_bytes; /* of the program's area */
};

struct in_place_program {
    uint32_t head_bytes;    /* without the filler up to the next sector */
    uint32_t extents_at;    /* bytes from the start of the area */
    uint32_t extents_bytes;
    uint32_t segments;
    uint32_t changed_pages;
};

/* Decode the patch; NULL if it is not one from base to new image, or memory is short. */
struct in_place *in_place_open(const struct in_place_images *images);
void in_place_close(struct in_place *handle);

/* A byte for each page: whether it changes. */
void in_place_changed(const struct in_place *handle, uint8_t *is_changed);

/* The read sets of the changed pages; how many there are, at most `capacity` of them written. */
uint32_t in_place_reads(struct in_place *handle, struct plan_read *reads, uint32_t capacity);

/* Compile with a plan and execute the program on a copy of the flash; whether the new image comes
 * out. */
int in_place_compile(struct in_place *handle, const uint8_t *plan, uint32_t plan_bytes,
                     uint32_t stash_pages, struct in_place_program *program);

#endif
