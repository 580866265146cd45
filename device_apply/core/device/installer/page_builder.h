/*
 * Building one page of the new image from what is in flash at its step: the base image's bytes, with
 * every reference rewritten to where it has moved, and then what the extent replaces.
 *
 * The prediction is a pure function of the program's head and of the base bytes that belong to the
 * page: those that one of its segments maps into it, where they can still be read. Everything else
 * counts as zeros, so the read set of a page is exactly dv_next_part(). The application predicts
 * with the same code when it compiles the program, and writes down where the new image differs.
 */
#ifndef AIRDELTA_DV_PAGE_BUILDER_H
#define AIRDELTA_DV_PAGE_BUILDER_H

#include "plan.h"
#include "relocation.h"

#define DV_WINDOW_BYTES (AD_LOOK_BEHIND + 32u + AD_LOOK_AHEAD)
#define DV_FIELD_BYTES 8u

/* A range of the new image, inside one page, that a segment maps, or none does. */
struct dv_part {
    struct dv_segment segment; /* length 0: none */
    uint32_t end;              /* in the new image */
};

struct dv_page_builder {
    struct dv_program *program;
    const struct dv_moment *moment;
    uint32_t position; /* in the new image */
    uint32_t end;      /* of the page, or of the image */
    uint32_t segment_index;
    struct dv_part part;
    uint32_t part_start;
    uint32_t next_instruction; /* base offset */
    uint32_t window_start;     /* base offset; may be "negative" */
    uint32_t known_page;       /* where this base page is, is known */
    uint32_t known_offset;     /* or UINT32_MAX: nowhere */
    uint8_t is_rehearsal;
    uint8_t has_window;
    uint8_t piece_bytes; /* of a field that was begun */
    uint8_t piece_at;
    uint8_t piece[DV_FIELD_BYTES];
    uint8_t window[DV_WINDOW_BYTES];
};

/* The part of the page that starts at `position`; `*segment_index` is dv_first_segment() there. */
struct dv_part dv_next_part(struct dv_program *program, uint32_t *segment_index, uint32_t position,
                            uint32_t end);

/* Begin the page of `moment`, whose first instruction starts after `skipped` bytes. */
void dv_builder_begin(struct dv_page_builder *builder, struct dv_program *program,
                      const struct dv_moment *moment, int is_rehearsal, uint32_t skipped);

/* Predict the next bytes, not beyond the page's end. */
void dv_predict(struct dv_page_builder *builder, uint8_t *bytes, uint32_t count);

/* How many bytes of the next page belong to an instruction of this one, at its end. */
uint32_t dv_builder_overhang(const struct dv_page_builder *builder);

#endif
