#include "new_page.h"

#include "bytes.h"
#include "crc32.h"

#define VARINT_BITS 28u

/* Find the extent of a changed page: they are in the order of the pages, each ends with its length,
 * and so they are counted from the last. */
static int find_extent(struct dv_new_page *page, struct dv_program *program, uint32_t wanted,
                       uint32_t *skipped)
{
    uint8_t end[DV_EXTENT_END_BYTES];
    uint32_t at = program->extents_end;
    uint32_t index = program->pages;
    while (index-- > wanted) {
        if (!dv_is_changed(program, index)) continue;
        uint32_t left = at - program->extents_at;
        if (left < sizeof end) return 0;
        dv_program_read(program, at - (uint32_t)sizeof end, end, sizeof end);
        uint32_t bytes = dv_get_u32(end + 4) & 0xFFFFFFu;
        if (bytes > left - sizeof end) return 0;
        page->read_end = at - (uint32_t)sizeof end;
        page->read = page->read_end - bytes;
        at = page->read;
    }
    page->expected_crc = dv_get_u32(end);
    *skipped = end[7];
    return !program->has_failed;
}

int dv_new_page_begin(struct dv_new_page *page, struct dv_program *program,
                      const struct dv_moment *moment, int is_rehearsal)
{
    uint32_t skipped = 0;
    page->kept = 0;
    page->replaced = 0;
    page->crc = 0;
    if (!moment->is_changed || !find_extent(page, program, moment->page, &skipped)) return 0;
    dv_builder_begin(&page->builder, program, moment, is_rehearsal, skipped);
    return 1;
}

static uint8_t next_byte(struct dv_new_page *page)
{
    uint8_t byte = 0;
    if (page->read < page->read_end) {
        dv_program_read(page->builder.program, page->read++, &byte, 1);
    }
    return byte;
}

static uint32_t read_count(struct dv_new_page *page, uint32_t bits)
{
    uint32_t count = bits;
    if (bits < DV_TOKEN_REST) return count;
    for (uint32_t shift = 0; shift <= VARINT_BITS; shift += 7u) {
        uint32_t byte = next_byte(page);
        count += (byte & 127u) << shift;
        if (!(byte & 128u)) break;
    }
    return count;
}

static void read_token(struct dv_new_page *page)
{
    if (page->read == page->read_end) {
        page->kept = UINT32_MAX; /* to the end of the page */
        return;
    }
    uint32_t packed = next_byte(page);
    page->kept = read_count(page, packed >> 4);
    page->replaced = dv_min(read_count(page, packed & 15u), page->read_end - page->read);
    if (page->kept == 0 && page->replaced == 0) page->kept = UINT32_MAX; /* no token is empty */
}

/* Put replaced bytes over the predicted ones. */
static void replace(struct dv_new_page *page, uint8_t *bytes, uint32_t count)
{
    while (count > 0) {
        if (page->kept == 0 && page->replaced == 0) read_token(page);
        uint32_t step = dv_min(page->kept, count);
        page->kept -= step;
        if (step == 0) {
            step = dv_min(page->replaced, count);
            dv_program_read(page->builder.program, page->read, bytes, step);
            page->replaced -= step;
            page->read += step;
        }
        bytes += step;
        count -= step;
    }
}

uint32_t dv_new_page_read(struct dv_new_page *page, uint8_t *bytes, uint32_t most)
{
    uint32_t count = dv_min(most, page->builder.end - page->builder.position);
    dv_predict(&page->builder, bytes, count);
    replace(page, bytes, count);
    page->crc = dv_crc32(page->crc, bytes, count);
    return count;
}

int dv_new_page_is_right(const struct dv_new_page *page)
{
    return page->builder.position == page->builder.end && page->crc == page->expected_crc &&
           !page->builder.program->has_failed;
}
