/*
 * The header of a patch: mode, architecture, where the images stand in memory, and how the model is
 * set up. Everything that decoder and encoder have to agree on before the first coded bit.
 */
#ifndef AIRDELTA_PARAMETERS_H
#define AIRDELTA_PARAMETERS_H

#include <stddef.h>
#include <stdint.h>

#include "fixed_point.h"
#include "patch_input.h"
#include "relocation.h"

enum ad_mode {
    AD_MODE_STORED = 0,     /* the new image follows */
    AD_MODE_RUN_LENGTH = 1, /* copied and replaced runs */
    AD_MODE_TINY = 2,
    AD_MODE_STANDARD = 3,
    AD_MODE_LARGE = 4
};

/* Ranges of an image that stand at addresses of their own. */
#ifdef AIRDELTA_ONE_SECTION
#define AD_MAX_SECTIONS 1u
#else
#define AD_MAX_SECTIONS 8u
#endif
/* ... in any build. */
#define AD_FORMAT_SECTIONS 8u
/* Sizes, offsets and lengths are at most this; as many bits as the integers of the map have. */
#define AD_MAX_IMAGE_BYTES ((1u << 30) - 1u)
/* No offset in an image. */
#define AD_NOWHERE UINT32_MAX

/* A range of the image and the address it runs at. */
struct ad_range {
    uint32_t offset;
    uint32_t address;
    uint32_t length;
};

struct ad_parameters {
    uint8_t mode;             /* enum ad_mode */
    uint8_t architecture;     /* enum ad_architecture */
    uint8_t has_pointers;     /* whether aligned words may be pointers */
    uint8_t learns_base;      /* large tier: the literal model is taught the base image first */
    uint32_t ram_start;       /* addresses of variables */
    uint32_t ram_length;
    uint32_t sections;        /* number of ranges below */
    struct ad_range base[AD_MAX_SECTIONS];
    struct ad_range new_[AD_MAX_SECTIONS];
};

/* Read a header into parameters that are all 0; whether it is well-formed. */
int ad_read_header(struct ad_parameters *parameters, struct ad_patch_input *input,
                   uint32_t base_bytes, uint32_t new_bytes);

/* The same from bytes that may be more than the header. */
int ad_parse_header(struct ad_parameters *parameters, const uint8_t *bytes, size_t count,
                    uint32_t base_bytes, uint32_t new_bytes);

/* The number of sections, which the compiler knows if there is no choice. */
static inline uint32_t ad_sections_of(const struct ad_parameters *parameters)
{
    return AD_MAX_SECTIONS == 1u ? 1u : parameters->sections;
}

/* The base image's offset that stands at `address`; AD_NOWHERE if there is none. */
uint32_t ad_offset_of(const struct ad_parameters *parameters, uint32_t address);

/* The address of an image's `offset`, counted from the range that holds it, or else the first. */
uint32_t ad_address_of(const struct ad_parameters *parameters, const struct ad_range *ranges,
                       uint32_t offset);

#endif
