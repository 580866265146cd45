#include "program.h"

#include <string.h>

#include "bytes.h"
#include "crc32.h"

/* Segments may overlap in the base; that many before the nearest start are looked at. */
#define OVERLAP_REACH 4u
#define CRC_PIECE_BYTES 32u

static uint32_t get_u24(const uint8_t *bytes)
{
    return dv_get_u16(bytes) | (uint32_t)bytes[2] << 16;
}

void dv_program_read(struct dv_program *program, uint32_t at, uint8_t *bytes, uint32_t count)
{
    if (program->port->read(program->port->context, at, bytes, count) == AIRDELTA_FLASH_OK) return;
    memset(bytes, 0, count);
    program->has_failed = 1;
}

/* Whether `count` parts of `bytes` each end inside the program's area; `at` moves behind them. */
static int take(const struct dv_program *program, uint32_t *at, uint32_t count, uint32_t bytes)
{
    const struct airdelta_region *area = &program->layout->slots[1];
    uint32_t left = area->offset + area->bytes - *at;
    if (count > left / bytes) return 0;
    *at += count * bytes;
    return 1;
}

/* The sector boundary behind the head: what a checkpoint of compiling can say. */
static uint32_t sector_behind(const struct dv_program *program, uint32_t at)
{
    const struct airdelta_port *port = program->port;
    uint32_t boundary = program->layout->slots[1].offset;
    while (boundary < at) boundary += port->sector_bytes(port->context, boundary);
    return boundary;
}

int dv_program_place(struct dv_program *program)
{
    const struct airdelta_layout *layout = program->layout;
    uint32_t at = layout->slots[1].offset;
    program->pages =
        (uint16_t)((program->new_bytes + layout->page_bytes - 1u) / layout->page_bytes);
    if (!take(program, &at, 1, DV_FIXED_HEAD_BYTES)) return 0;
    program->sections_at = at;
    if (!take(program, &at, program->sections, DV_SECTION_BYTES)) return 0;
    program->shifts_at = at;
    if (!take(program, &at, program->shifts, DV_SHIFT_BYTES)) return 0;
    program->segments_at = at;
    if (!take(program, &at, program->segments, DV_SEGMENT_BYTES)) return 0;
    program->by_base_at = at;
    if (!take(program, &at, program->segments, sizeof(uint16_t))) return 0;
    program->changed_at = at;
    if (!take(program, &at, (program->pages + 7u) / 8u, 1)) return 0;
    program->plan_at = at;
    if (!take(program, &at, program->plan_bytes, 1)) return 0;
    if (!take(program, &at, 1, sizeof(uint32_t))) return 0; /* the CRC */
    program->head_end = at;
    program->extents_at = sector_behind(program, at);
    return 1;
}

static int is_whole_head(struct dv_program *program)
{
    uint8_t bytes[CRC_PIECE_BYTES];
    uint32_t crc = 0;
    uint32_t end = program->head_end - (uint32_t)sizeof crc;
    for (uint32_t at = program->layout->slots[1].offset; at < end; at += CRC_PIECE_BYTES) {
        uint32_t count = dv_min(end - at, CRC_PIECE_BYTES);
        dv_program_read(program, at, bytes, count);
        crc = dv_crc32(crc, bytes, count);
    }
    dv_program_read(program, end, bytes, sizeof crc);
    return !program->has_failed && dv_get_u32(bytes) == crc;
}

static struct ad_range read_range(struct dv_program *program, uint32_t at)
{
    uint8_t bytes[DV_SECTION_BYTES / 2u];
    dv_program_read(program, at, bytes, sizeof bytes);
    return (struct ad_range){dv_get_u32(bytes), dv_get_u32(bytes + 4), dv_get_u32(bytes + 8)};
}

int dv_program_open_head(struct dv_program *program, const struct airdelta_port *port,
                         const struct airdelta_layout *layout)
{
    uint8_t head[DV_FIXED_HEAD_BYTES];
    memset(program, 0, sizeof *program);
    program->port = port;
    program->layout = layout;
    dv_program_read(program, layout->slots[1].offset, head, sizeof head);
    if (program->has_failed || dv_get_u32(head) != DV_PROGRAM_MAGIC) return 0;
    program->base_bytes = dv_get_u32(head + 4);
    program->new_bytes = dv_get_u32(head + 8);
    program->ram_start = dv_get_u32(head + 12);
    program->ram_length = dv_get_u32(head + 16);
    program->segments = (uint16_t)dv_get_u16(head + 20);
    program->shifts = (uint16_t)dv_get_u16(head + 22);
    program->plan_bytes = (uint16_t)dv_get_u16(head + 24);
    program->architecture = head[26];
    program->has_pointers = head[27];
    program->sections = head[28];
    program->stash_pages = head[29];
    program->alignment = (uint8_t)ad_code_alignment((enum ad_architecture)program->architecture);
    if (program->base_bytes > layout->slots[0].bytes || program->new_bytes == 0 ||
        program->new_bytes > layout->slots[0].bytes || program->sections == 0 ||
        program->stash_pages > DV_MOST_STASH_PAGES ||
        program->stash_pages > layout->stash.bytes / layout->page_bytes) {
        return 0;
    }
    if (!dv_program_place(program) || !is_whole_head(program)) return 0;
    program->base = read_range(program, program->sections_at);
    program->new_ = read_range(program, program->sections_at + DV_SECTION_BYTES / 2u);
    return !program->has_failed;
}

int dv_program_open_end(struct dv_program *program)
{
    uint8_t end[DV_PROGRAM_END_BYTES];
    const struct airdelta_region *area = &program->layout->slots[1];
    uint32_t at = area->offset + area->bytes - DV_PROGRAM_END_BYTES;
    dv_program_read(program, at, end, sizeof end);
    program->extents_end = dv_get_u32(end);
    return !program->has_failed &&
           dv_get_u32(end + 4) == (dv_crc32(0, end, 4) ^ DV_PROGRAM_MAGIC) &&
           program->extents_end >= program->extents_at && program->extents_end <= at;
}

struct ad_range dv_section(struct dv_program *program, uint32_t index, int is_new)
{
    if (index == 0) return is_new ? program->new_ : program->base;
    return read_range(program, program->sections_at + index * DV_SECTION_BYTES +
                                   (is_new ? DV_SECTION_BYTES / 2u : 0u));
}

struct dv_segment dv_segment_at(struct dv_program *program, uint32_t index)
{
    uint8_t bytes[DV_SEGMENT_BYTES];
    dv_program_read(program, program->segments_at + index * DV_SEGMENT_BYTES, bytes, sizeof bytes);
    return (struct dv_segment){get_u24(bytes), get_u24(bytes + 3), get_u24(bytes + 6)};
}

uint32_t dv_first_segment(struct dv_program *program, uint32_t position)
{
    uint32_t low = 0;
    uint32_t high = program->segments;
    while (low < high) {
        uint32_t middle = (low + high) / 2u;
        struct dv_segment segment = dv_segment_at(program, middle);
        if (segment.new_start + segment.length <= position) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct dv_segment segment_by_base(struct dv_program *program, uint32_t rank)
{
    uint8_t bytes[2];
    dv_program_read(program, program->by_base_at + rank * 2u, bytes, sizeof bytes);
    uint32_t index = dv_get_u16(bytes);
    return dv_segment_at(program, index < program->segments ? index : 0);
}

/* How many segments start at or before the base offset. */
static uint32_t rank_of(struct dv_program *program, uint32_t offset)
{
    uint32_t low = 0;
    uint32_t high = program->segments;
    while (low < high) {
        uint32_t middle = (low + high) / 2u;
        if (segment_by_base(program, middle).base_start <= offset) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

/* The same choice as the decoder's (segment_map.h), so that most of its predictions hold. */
uint32_t dv_map_offset(struct dv_program *program, uint32_t offset, uint32_t hint)
{
    uint32_t rank = rank_of(program, offset);
    uint32_t best = UINT32_MAX;
    uint32_t gap_before = UINT32_MAX;
    uint32_t nearby = offset;
    for (uint32_t back = 1; back <= OVERLAP_REACH && back <= rank; back++) {
        struct dv_segment segment = segment_by_base(program, rank - back);
        uint32_t within = offset - segment.base_start;
        uint32_t place = segment.new_start + within;
        if (within < segment.length) {
            if (best == UINT32_MAX || distance(place, hint) < distance(best, hint)) best = place;
        } else if (within - segment.length < gap_before) {
            gap_before = within - segment.length;
            nearby = place;
        }
    }
    if (best != UINT32_MAX || rank == program->segments) return best != UINT32_MAX ? best : nearby;
    struct dv_segment after = segment_by_base(program, rank);
    uint32_t gap_after = after.base_start - offset;
    return gap_after < gap_before ? after.new_start - gap_after : nearby;
}

uint32_t dv_shift_of(struct dv_program *program, uint32_t address)
{
    uint8_t step[DV_SHIFT_BYTES];
    uint32_t shift = 0;
    for (uint32_t index = 0; index < program->shifts; index++) {
        dv_program_read(program, program->shifts_at + index * DV_SHIFT_BYTES, step, sizeof step);
        if (index > 0 && dv_get_u32(step) > address) break;
        shift = dv_get_u32(step + 4);
    }
    return shift;
}

int dv_is_changed(struct dv_program *program, uint32_t page)
{
    uint8_t bits;
    dv_program_read(program, program->changed_at + page / 8u, &bits, 1);
    return bits >> (page & 7u) & 1u;
}
