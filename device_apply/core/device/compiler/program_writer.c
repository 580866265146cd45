#include "program_writer.h"

#include <string.h>

#include "airdelta_tables.h"
#include "bytes.h"
#include "crc32.h"

#define MOST_ITEM_BYTES DV_FIXED_HEAD_BYTES
/* Two bytes in between cost as much as another token. */
#define WORTHY_GAP 2u

static void give(struct dv_program_writer *writer, const uint8_t *bytes, uint32_t count)
{
    if (writer->sink(writer->context, bytes, count) != 0) writer->has_failed = 1;
    writer->written += count;
}

/* --- the head ----------------------------------------------------------------------------- */

static uint32_t rows(const struct dv_head_source *source, enum airdelta_table table)
{
    const struct airdelta_decoder *decoder = source->decoder;
    return decoder->table_rows == NULL ? 0 : decoder->table_rows(source->memory, (uint32_t)table);
}

/* Patches without a model, and full images, are compared with the base at the same offset. */
static int has_model(const struct dv_head_source *source)
{
    return rows(source, AIRDELTA_TABLE_MODEL) > 0;
}

int dv_writer_plan_head(struct dv_program_writer *writer, const struct dv_head_source *source)
{
    struct dv_program *program = &writer->program;
    uint32_t model[AIRDELTA_MOST_COLUMNS] = {AD_ARCH_NONE, 0, 0, 0, 0, 0};
    uint32_t segments = has_model(source) ? rows(source, AIRDELTA_TABLE_SEGMENTS)
                                          : (uint32_t)(program->base_bytes > 0);
    if (has_model(source)) {
        source->decoder->table_row(source->memory, AIRDELTA_TABLE_MODEL, 0, model);
    }
    if (segments > UINT16_MAX) return 0;
    program->architecture = (uint8_t)model[0];
    program->has_pointers = (uint8_t)model[1];
    program->ram_start = model[2];
    program->ram_length = model[3];
    program->sections = has_model(source) ? (uint8_t)rows(source, AIRDELTA_TABLE_SECTIONS) : 1u;
    program->shifts = (uint16_t)rows(source, AIRDELTA_TABLE_SHIFTS);
    program->segments = (uint16_t)segments;
    writer->item = 0;
    writer->crc = 0;
    writer->written = 0;
    writer->has_failed = 0;
    return dv_program_place(program);
}

static void put_u24(uint8_t *bytes, uint32_t value)
{
    dv_put_u16(bytes, value);
    bytes[2] = (uint8_t)(value >> 16);
}

static uint32_t put_fixed(const struct dv_program *program, uint8_t *item)
{
    memset(item, 0, DV_FIXED_HEAD_BYTES);
    dv_put_u32(item, DV_PROGRAM_MAGIC);
    dv_put_u32(item + 4, program->base_bytes);
    dv_put_u32(item + 8, program->new_bytes);
    dv_put_u32(item + 12, program->ram_start);
    dv_put_u32(item + 16, program->ram_length);
    dv_put_u16(item + 20, program->segments);
    dv_put_u16(item + 22, program->shifts);
    dv_put_u16(item + 24, program->plan_bytes);
    item[26] = program->architecture;
    item[27] = program->has_pointers;
    item[28] = program->sections;
    item[29] = program->stash_pages;
    return DV_FIXED_HEAD_BYTES;
}

/* The one section or segment of what has no model. */
static void put_whole(const struct dv_program *program, enum airdelta_table table, uint32_t *row)
{
    uint32_t both = dv_min(program->base_bytes, program->new_bytes);
    memset(row, 0, AIRDELTA_MOST_COLUMNS * sizeof *row);
    row[2] = table == AIRDELTA_TABLE_SECTIONS ? program->base_bytes : both;
    row[5] = program->new_bytes;
}

static uint32_t put_row(const struct dv_program *program, const struct dv_head_source *source,
                        enum airdelta_table table, uint32_t index, uint8_t *item)
{
    uint32_t row[AIRDELTA_MOST_COLUMNS];
    if (has_model(source)) {
        source->decoder->table_row(source->memory, (uint32_t)table, index, row);
    } else {
        put_whole(program, table, row);
    }
    if (table == AIRDELTA_TABLE_BY_BASE) {
        dv_put_u16(item, row[0]);
        return sizeof(uint16_t);
    }
    if (table == AIRDELTA_TABLE_SEGMENTS) {
        for (uint32_t column = 0; column < 3u; column++) put_u24(item + column * 3u, row[column]);
        return DV_SEGMENT_BYTES;
    }
    uint32_t columns = table == AIRDELTA_TABLE_SHIFTS ? 2u : AIRDELTA_MOST_COLUMNS;
    for (uint32_t column = 0; column < columns; column++) {
        dv_put_u32(item + column * 4u, row[column]);
    }
    return columns * 4u;
}

/* Item number `index` of the head; its size, 0 behind the last. */
static uint32_t put_item(struct dv_program_writer *writer, const struct dv_head_source *source,
                         uint32_t index, uint8_t *item)
{
    const struct dv_program *program = &writer->program;
    if (index-- == 0) return put_fixed(program, item);
    const struct { enum airdelta_table table; uint32_t count; } tables[] = {
        {AIRDELTA_TABLE_SECTIONS, program->sections},
        {AIRDELTA_TABLE_SHIFTS, program->shifts},
        {AIRDELTA_TABLE_SEGMENTS, program->segments},
        {AIRDELTA_TABLE_BY_BASE, program->segments},
    };
    for (uint32_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (index < tables[i].count) return put_row(program, source, tables[i].table, index, item);
        index -= tables[i].count;
    }
    uint32_t changed_bytes = (program->pages + 7u) / 8u;
    if (index < changed_bytes) {
        item[0] = source->changed[index];
        return 1;
    }
    index -= changed_bytes;
    if (index < program->plan_bytes) {
        if (source->read_plan(source->context, index, item, 1) != 0) writer->has_failed = 1;
        return 1;
    }
    if (index > program->plan_bytes) return 0;
    dv_put_u32(item, writer->crc);
    return sizeof(uint32_t);
}

int dv_writer_head(struct dv_program_writer *writer, const struct dv_head_source *source,
                   uint32_t most)
{
    uint8_t item[MOST_ITEM_BYTES];
    for (; most > 0; most--) {
        uint32_t bytes = put_item(writer, source, writer->item, item);
        if (bytes == 0 || writer->has_failed) return writer->has_failed ? -1 : 0;
        writer->crc = dv_crc32(writer->crc, item, bytes);
        give(writer, item, bytes);
        writer->item++;
    }
    return writer->has_failed ? -1 : 1;
}

/* --- extents ------------------------------------------------------------------------------ */

/* What does not fit into four bits. */
static uint32_t put_rest(uint8_t *bytes, uint32_t count)
{
    uint32_t size = 0;
    if (count < DV_TOKEN_REST) return 0;
    for (count -= DV_TOKEN_REST; count > 127u; count >>= 7) {
        bytes[size++] = (uint8_t)(count | 128u);
    }
    bytes[size++] = (uint8_t)count;
    return size;
}

static void write_token(struct dv_program_writer *writer)
{
    uint8_t token[12];
    if (writer->replaced_count == 0) return;
    uint32_t size = 1;
    token[0] = (uint8_t)(dv_min(writer->kept, DV_TOKEN_REST) << 4 |
                         dv_min(writer->replaced_count, DV_TOKEN_REST));
    size += put_rest(token + size, writer->kept);
    size += put_rest(token + size, writer->replaced_count);
    give(writer, token, size);
    give(writer, writer->replaced, writer->replaced_count);
    writer->tokens += size + writer->replaced_count;
    writer->kept = writer->doubt;
    writer->replaced_count = 0;
    writer->doubt = 0;
}

static void compare_byte(struct dv_program_writer *writer, uint8_t predicted, uint8_t actual)
{
    if (predicted == actual) {
        if (writer->replaced_count == 0) {
            writer->kept++;
            return;
        }
        writer->replaced[writer->replaced_count + writer->doubt++] = actual;
        if (writer->doubt == WORTHY_GAP) write_token(writer);
        return;
    }
    writer->replaced_count = (uint8_t)(writer->replaced_count + writer->doubt);
    writer->doubt = 0;
    writer->replaced[writer->replaced_count++] = actual;
    if (writer->replaced_count >= DV_MOST_REPLACED) write_token(writer);
}

static void begin_page(struct dv_program_writer *writer, uint32_t page)
{
    dv_moment_of_page(&writer->program, &writer->moment, page);
    writer->skipped = writer->overhang;
    writer->crc = 0;
    writer->kept = 0;
    writer->tokens = 0;
    dv_builder_begin(&writer->builder, &writer->program, &writer->moment, 1, writer->skipped);
}

static void end_page(struct dv_program_writer *writer)
{
    uint8_t end[DV_EXTENT_END_BYTES];
    writer->overhang = dv_builder_overhang(&writer->builder);
    if (!writer->moment.is_changed) return;
    write_token(writer);
    dv_put_u32(end, writer->crc);
    dv_put_u32(end + 4, writer->tokens | writer->skipped << 24);
    give(writer, end, sizeof end);
    writer->doubt = 0;
}

int dv_writer_compile(struct dv_program_writer *writer, const uint8_t *bytes, uint32_t count)
{
    uint8_t predicted[DV_COMPARED_BYTES];
    struct dv_page_builder *builder = &writer->builder;
    while (count > 0) {
        if (builder->position == builder->end) {
            begin_page(writer, builder->position / writer->program.layout->page_bytes);
        }
        uint32_t step = dv_min(dv_min(count, DV_COMPARED_BYTES), builder->end - builder->position);
        dv_predict(builder, predicted, step);
        writer->crc = dv_crc32(writer->crc, bytes, step);
        for (uint32_t i = 0; i < step && writer->moment.is_changed; i++) {
            compare_byte(writer, predicted[i], bytes[i]);
        }
        if (builder->position == builder->end) end_page(writer);
        bytes += step;
        count -= step;
    }
    return writer->has_failed || writer->program.has_failed;
}

void dv_writer_end(const struct dv_program_writer *writer, uint8_t end[DV_PROGRAM_END_BYTES])
{
    dv_put_u32(end, writer->program.extents_at + writer->written);
    dv_put_u32(end + 4, dv_crc32(0, end, 4) ^ DV_PROGRAM_MAGIC);
}
