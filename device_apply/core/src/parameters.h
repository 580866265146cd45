/*
 * The header of a patch: mode, architecture, where the images stand in memory, and how the model is
 * set up. Everything that decoder and encoder have to agree on before the first coded bit.
 */
#ifndef AIRDELTA_PARAMETERS_H
#define AIRDELTA_PARAMETERS_H

#include <stddef.h>
#include <stdint.h>

#include "fixed_point.h"
#include "relocation.h"

enum ad_mode {
    AD_MODE_STORED = 0,     /* the new image follows */
    AD_MODE_RUN_LENGTH = 1, /* copied and replaced runs */
    AD_MODE_TINY = 2,
    AD_MODE_STANDARD = 3,
    AD_MODE_LARGE = 4
};

#define AD_MAX_SECTIONS 8u
/* A header is never longer. */
#define AD_MAX_HEADER_BYTES 120u
/* Sizes, offsets and lengths are at most this. */
#define AD_MAX_IMAGE_BYTES (1u << 30)

/* A range of the image and the address it runs at. */
struct ad_range {
    uint32_t offset;
    uint32_t address;
    uint32_t length;
};

struct ad_parameters {
    uint8_t mode;             /* enum ad_mode */
    uint8_t architecture;     /* enum ad_architecture */
    uint8_t alignment;        /* of the architecture's instructions */
    uint8_t has_pointers;     /* whether aligned words may be pointers */
    uint8_t hit_limit;        /* observations that slow down the counters of hits */
    uint8_t literal_limit;    /* the same for literals */
    uint8_t learning_shift;   /* the mixers learn with 2^-shift */
    uint8_t learns_base;      /* large tier: the literal model is taught the base image first */
    uint8_t sections;         /* number of ranges below */
    uint32_t block_bytes;     /* bytes that one clean flag speaks for */
    uint32_t ram_start;       /* addresses of variables */
    uint32_t ram_length;
    struct ad_range base[AD_MAX_SECTIONS];
    struct ad_range new_[AD_MAX_SECTIONS];
};

/* Parse a header; returns its length, or 0 if it is malformed or cut off. */
size_t ad_parse_header(struct ad_parameters *parameters, const uint8_t *bytes, size_t count,
                       uint32_t base_bytes, uint32_t new_bytes);

/* The offset that stands at `address` in one of at least one ranges; whether there is one. */
AD_INLINE int ad_offset_of(const struct ad_range *ranges, uint32_t count, uint32_t address,
                           uint32_t *offset)
{
    const struct ad_range *end = ranges + count;
    do {
        uint32_t within = address - ranges->address;
        if (within < ranges->length) {
            *offset = ranges->offset + within;
            return 1;
        }
    } while (++ranges != end);
    return 0;
}

/* The range that holds `offset`, or else the nearest before. */
const struct ad_range *ad_range_of(const struct ad_range *ranges, uint32_t count, uint32_t offset);

/* The address of `offset`, counted from the range it belongs to. */
AD_INLINE uint32_t ad_address_of(const struct ad_range *ranges, uint32_t count, uint32_t offset)
{
    const struct ad_range *range = count == 1u ? ranges : ad_range_of(ranges, count, offset);
    return range->address + (offset - range->offset);
}

#endif
