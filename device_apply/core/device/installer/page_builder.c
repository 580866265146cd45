#include "page_builder.h"

#include <string.h>

#include "bytes.h"

#define NOWHERE UINT32_MAX

struct dv_part dv_next_part(struct dv_program *program, uint32_t *segment_index, uint32_t position,
                            uint32_t end)
{
    struct dv_part part = {{0, 0, 0}, end};
    struct dv_segment segment = {0, 0, 0};
    /* a program whose segments are out of order only predicts badly */
    for (; *segment_index < program->segments; ++*segment_index) {
        segment = dv_segment_at(program, *segment_index);
        if (segment.new_start + segment.length > position) break;
    }
    if (*segment_index >= program->segments) return part;
    if (position < segment.new_start) {
        part.end = dv_min(segment.new_start, end);
        return part;
    }
    part.segment = segment;
    part.end = segment.new_start + segment.length;
    if (part.end <= end) ++*segment_index;
    part.end = dv_min(part.end, end);
    return part;
}

void dv_builder_begin(struct dv_page_builder *builder, struct dv_program *program,
                      const struct dv_moment *moment, int is_rehearsal, uint32_t skipped)
{
    uint32_t page_bytes = program->layout->page_bytes;
    memset(builder, 0, sizeof *builder);
    builder->program = program;
    builder->moment = moment;
    builder->is_rehearsal = (uint8_t)is_rehearsal;
    builder->position = moment->page * page_bytes;
    builder->end = dv_min(builder->position + page_bytes, program->new_bytes);
    builder->part.end = builder->position;
    builder->known_page = NOWHERE;
    builder->segment_index = dv_first_segment(program, builder->position);
    builder->next_instruction = skipped;
}

static uint32_t base_of(const struct dv_page_builder *builder, uint32_t position)
{
    return position - builder->part.segment.new_start + builder->part.segment.base_start;
}

/* Begin the part at the position. The first one of a page may begin inside an instruction. */
static void begin_part(struct dv_page_builder *builder)
{
    uint32_t page_start = builder->moment->page * builder->program->layout->page_bytes;
    uint32_t skipped = builder->position == page_start ? builder->next_instruction : 0;
    builder->part = dv_next_part(builder->program, &builder->segment_index, builder->position,
                                 builder->end);
    builder->part_start = builder->position;
    builder->next_instruction = base_of(builder, builder->position) + skipped;
    builder->has_window = 0;
}

uint32_t dv_builder_overhang(const struct dv_page_builder *builder)
{
    uint32_t base_end = base_of(builder, builder->end);
    int is_cut = builder->part.segment.length > 0 &&
                 base_end - builder->part.segment.base_start < builder->part.segment.length;
    return is_cut && builder->next_instruction > base_end ? builder->next_instruction - base_end : 0;
}

/* Read base bytes that lie in one page, zeros if it is gone. */
static void read_base(struct dv_page_builder *builder, uint32_t base, uint8_t *bytes,
                      uint32_t count)
{
    uint32_t page_bytes = builder->program->layout->page_bytes;
    uint32_t page = base / page_bytes;
    if (page != builder->known_page) {
        builder->known_page = page;
        if (!dv_find_page(builder->program, builder->moment, page, builder->is_rehearsal,
                          &builder->known_offset)) {
            builder->known_offset = NOWHERE;
        }
    }
    if (builder->known_offset == NOWHERE) {
        memset(bytes, 0, count);
    } else {
        dv_program_read(builder->program, builder->known_offset + base % page_bytes, bytes, count);
    }
}

/* Fill the window from base offset `start` with what the part has of it. */
static void move_window(struct dv_page_builder *builder, uint32_t start)
{
    uint32_t page_bytes = builder->program->layout->page_bytes;
    uint32_t first = base_of(builder, builder->part_start);
    uint32_t end = dv_min(base_of(builder, builder->part.end), builder->program->base_bytes);
    if (end < first) end = first; /* the base image is smaller than the program says */
    builder->window_start = start;
    builder->has_window = 1;
    memset(builder->window, 0, sizeof builder->window);
    for (uint32_t at = 0; at < DV_WINDOW_BYTES;) {
        uint32_t base = start + at;
        if (base - first >= end - first) { /* before the part or behind it */
            at++;
            continue;
        }
        uint32_t count = dv_min(DV_WINDOW_BYTES - at, end - base);
        count = dv_min(count, page_bytes - base % page_bytes);
        read_base(builder, base, builder->window + at, count);
        at += count;
    }
}

/* The base image's bytes at an offset, with what relocation looks at around them. */
static const uint8_t *base_at(struct dv_page_builder *builder, uint32_t base)
{
    uint32_t start = base - AD_LOOK_BEHIND;
    uint32_t reach = DV_WINDOW_BYTES - AD_LOOK_BEHIND - AD_LOOK_AHEAD;
    if (!builder->has_window || start - builder->window_start >= reach) move_window(builder, start);
    return builder->window + (base - builder->window_start);
}

static int find_offset(struct dv_program *program, uint32_t address, uint32_t *offset)
{
    for (uint32_t index = 0; index < program->sections; index++) {
        struct ad_range range = dv_section(program, index, 0);
        if (address - range.address >= range.length) continue;
        *offset = range.offset + (address - range.address);
        return 1;
    }
    return 0;
}

/* The address of an offset, counted from the section it is in, or else from the first. */
static uint32_t address_of(struct dv_program *program, uint32_t offset, int is_new)
{
    struct ad_range range = dv_section(program, 0, is_new);
    for (uint32_t index = 1; index < program->sections; index++) {
        struct ad_range other = dv_section(program, index, is_new);
        if (offset - other.offset < other.length) range = other;
    }
    return range.address + (offset - range.offset);
}

static uint32_t pointer_kind(struct dv_program *program, uint32_t word)
{
    uint32_t offset;
    if (word - program->ram_start < program->ram_length) return AD_FIELD_RAM_POINTER;
    return find_offset(program, word, &offset) ? AD_FIELD_POINTER : AD_FIELD_NONE;
}

/* Find the field at the position, or how many bytes there are to the next place to look. */
static struct ad_instruction find_field(struct dv_page_builder *builder, uint32_t base,
                                        const uint8_t *code)
{
    struct dv_program *program = builder->program;
    struct ad_instruction field = {1, AD_FIELD_NONE, 0, 0, 0, 0};
    uint32_t places = base | builder->position;
    if ((places & 3u) == 0 && program->has_pointers) {
        uint32_t kind = pointer_kind(program, ad_get32(code));
        if (kind != AD_FIELD_NONE) {
            return (struct ad_instruction){4, (uint8_t)kind, 0, 0, 0, ad_get32(code)};
        }
    }
    uint32_t alignment = program->alignment;
    if (program->architecture == AD_ARCH_NONE || (places & (alignment - 1u)) ||
        base < builder->next_instruction) {
        return field;
    }
    field = ad_find_instruction((enum ad_architecture)program->architecture, code,
                                address_of(program, base, 0));
    builder->next_instruction = base + field.length;
    if (field.is_value && pointer_kind(program, field.target) == AD_FIELD_NONE) {
        field.kind = AD_FIELD_NONE; /* a number that looks like an address */
    }
    if (field.kind == AD_FIELD_NONE) field.length = (uint8_t)dv_min(field.length, alignment);
    return field;
}

/* Where a base address refers to in the new image. */
static uint32_t map_target(struct dv_page_builder *builder, uint32_t base,
                           const struct ad_instruction *field)
{
    struct dv_program *program = builder->program;
    const struct dv_segment *segment = &builder->part.segment;
    uint32_t offset;
    if (!find_offset(program, field->target, &offset)) {
        return field->kind >= AD_FIELD_ADDRESS ? field->target + dv_shift_of(program, field->target)
                                               : field->target;
    }
    uint32_t within = offset - segment->base_start;
    uint32_t moved = within < segment->length
                         ? segment->new_start + within
                         : dv_map_offset(program, offset, offset + builder->position - base);
    return address_of(program, moved, 1);
}

/* Predict the next field, or the bytes up to where one may be, into `piece`. */
static void predict_piece(struct dv_page_builder *builder)
{
    struct dv_program *program = builder->program;
    uint32_t base = base_of(builder, builder->position);
    const uint8_t *code = base_at(builder, base);
    struct ad_instruction field = find_field(builder, base, code);
    uint32_t left = builder->part.end - builder->position;
    memcpy(builder->piece, code, DV_FIELD_BYTES);
    builder->piece_at = 0;
    builder->piece_bytes = (uint8_t)dv_min(field.length, left);
    if (field.kind == AD_FIELD_NONE || field.length > left) return;
    ad_write_target((enum ad_architecture)program->architecture, &field, builder->piece,
                    address_of(program, builder->position, 1), map_target(builder, base, &field));
}

void dv_predict(struct dv_page_builder *builder, uint8_t *bytes, uint32_t count)
{
    while (count > 0) {
        if (builder->position == builder->part.end) begin_part(builder);
        uint32_t step = dv_min(count, builder->part.end - builder->position);
        if (builder->part.segment.length == 0) {
            memset(bytes, 0, step);
        } else {
            if (builder->piece_at == builder->piece_bytes) predict_piece(builder);
            step = dv_min(step, (uint32_t)builder->piece_bytes - builder->piece_at);
            memcpy(bytes, builder->piece + builder->piece_at, step);
            builder->piece_at = (uint8_t)(builder->piece_at + step);
        }
        builder->position += step;
        bytes += step;
        count -= step;
    }
}
