/*
 * The program of a commit in place, as the application compiles it into `slots[1]` and as the
 * bootloader reads it. docs/IN_PLACE.md has its bytes and its reasons.
 *
 *     | head | filler to a sector | extent | extent | ... | blank | end |
 *
 * The head says how code moved: the segments, where images and variables stand in memory, which
 * pages change, and in which order they are written (the plan). An extent says for one page where
 * the new image differs from what the head predicts. All integers are little-endian.
 */
#ifndef AIRDELTA_DV_PROGRAM_H
#define AIRDELTA_DV_PROGRAM_H

#include "airdelta_installer.h"
#include "parameters.h"

#define DV_PROGRAM_MAGIC 0x31504441u /* "ADP1" */
/* Before the sections: sizes and counts. */
#define DV_FIXED_HEAD_BYTES 32u
/* A section: offset, address and length in the base image, then in the new image. */
#define DV_SECTION_BYTES 24u
/* A step of the variables' shift: from which address on, by how much. */
#define DV_SHIFT_BYTES 8u
/* A segment: new start, base start, length, of three bytes each. */
#define DV_SEGMENT_BYTES 9u
#define DV_MOST_PROGRAM_IMAGE_BYTES (1u << 24)
/* What ends an extent: CRC-32 of the page, length u24 of what came before, bytes to skip u8. */
#define DV_EXTENT_END_BYTES 8u
/* At the very end of `slots[1]`: where the extents end u32, CRC-32 of it with the magic. */
#define DV_PROGRAM_END_BYTES 8u
#define DV_MOST_STASH_PAGES AIRDELTA_MOST_STASH_PAGES
#define DV_NO_PAGE 0xFFFFu

struct dv_segment {
    uint32_t new_start;
    uint32_t base_start;
    uint32_t length;
};

/* A program, opened: offsets are those of flash. */
struct dv_program {
    const struct airdelta_port *port;
    const struct airdelta_layout *layout;
    uint32_t base_bytes;
    uint32_t new_bytes;
    uint32_t ram_start;
    uint32_t ram_length;
    uint32_t sections_at;
    uint32_t shifts_at;
    uint32_t segments_at;
    uint32_t by_base_at;
    uint32_t changed_at;
    uint32_t plan_at;
    uint32_t head_end;
    uint32_t extents_at;
    uint32_t extents_end; /* 0 while it is compiled */
    struct ad_range base; /* the first section, which is the only one of most images */
    struct ad_range new_;
    uint16_t segments;
    uint16_t shifts;
    uint16_t plan_bytes;
    uint16_t pages; /* of the new image */
    uint8_t architecture;
    uint8_t alignment;
    uint8_t has_pointers;
    uint8_t sections;
    uint8_t stash_pages;
    uint8_t has_failed; /* a read did */
};

/* Read the head; whether it is one, and for this layout. The CRC tells it from what a cut left. */
int dv_program_open_head(struct dv_program *program, const struct airdelta_port *port,
                         const struct airdelta_layout *layout);

/* Read where the extents end; whether the program is whole. */
int dv_program_open_end(struct dv_program *program);

/* Place the parts of a head whose counts and sizes are set; whether they fit the layout. */
int dv_program_place(struct dv_program *program);

/* Read bytes of the program; zeros if that fails. */
void dv_program_read(struct dv_program *program, uint32_t at, uint8_t *bytes, uint32_t count);

struct dv_segment dv_segment_at(struct dv_program *program, uint32_t index);

/* The first segment that ends behind `position` in the new image. */
uint32_t dv_first_segment(struct dv_program *program, uint32_t position);

/* Section number `index` of the base image or of the new one. */
struct ad_range dv_section(struct dv_program *program, uint32_t index, int is_new);

/* Where a base offset went; `hint` chooses among copies. */
uint32_t dv_map_offset(struct dv_program *program, uint32_t offset, uint32_t hint);

/* How far variables at an address move. */
uint32_t dv_shift_of(struct dv_program *program, uint32_t address);

/* Whether the new image differs from the base in this page. */
int dv_is_changed(struct dv_program *program, uint32_t page);

#endif
