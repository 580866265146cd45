#include "in_place.h"

#include <stdlib.h>
#include <string.h>

#include "airdelta.h"
#include "airdelta_patch_decoder.h"
#include "airdelta_tables.h"
#include "program_writer.h"

/* Programs are never larger than the image with an overhead, but a plan may be poor. */
#define AREA_BYTES(new_bytes) (2u * (new_bytes) + (1u << 21))
#define DECODE_UNITS 65536u
#define HEADER_BYTES 128u
#define HEAD_ITEMS UINT32_MAX

struct in_place {
    struct in_place_images images;
    struct airdelta_port port;
    struct airdelta_layout layout;
    struct dv_program_writer writer;
    struct dv_new_page page;
    const uint8_t *plan;
    uint8_t *flash; /* slot, then the program's area */
    uint8_t *decoded;
    uint8_t *changed; /* bits */
    uint64_t *memory; /* the decoder's */
    uint32_t flash_bytes;
    uint32_t written_at; /* where the sink's bytes go */
};

/* --- the flash ------------------------------------------------------------------------------ */

static enum airdelta_flash_result read_flash(void *context, uint32_t offset, void *bytes,
                                             uint32_t count)
{
    const struct in_place *handle = context;
    if (offset > handle->flash_bytes || count > handle->flash_bytes - offset) {
        return AIRDELTA_FLASH_FAILED;
    }
    memcpy(bytes, handle->flash + offset, count);
    return AIRDELTA_FLASH_OK;
}

static uint32_t sector_bytes(void *context, uint32_t offset)
{
    (void)offset;
    return ((const struct in_place *)context)->images.sector_bytes;
}

static int sink(void *context, const uint8_t *bytes, uint32_t count)
{
    struct in_place *handle = context;
    uint32_t at = handle->written_at + handle->writer.written;
    if (at > handle->flash_bytes || count > handle->flash_bytes - at) return 1;
    memcpy(handle->flash + at, bytes, count);
    return 0;
}

/* --- decoding ------------------------------------------------------------------------------- */

static int read_base(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    const struct in_place *handle = context;
    memcpy(bytes, handle->images.base + offset, count);
    return 0;
}

static int write_new(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    struct in_place *handle = context;
    memcpy(handle->decoded + offset, bytes, count);
    return 0;
}

static int read_new(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    const struct in_place *handle = context;
    memcpy(bytes, handle->decoded + offset, count);
    return 0;
}

/* Feed the patch and run; the status in the end. */
static int run_decoder(struct in_place *handle)
{
    const struct in_place_images *images = &handle->images;
    uint32_t fed = 0;
    int status = AIRDELTA_NEED_INPUT;
    while (status == AIRDELTA_NEED_INPUT || status == AIRDELTA_BUSY) {
        if (status == AIRDELTA_NEED_INPUT) {
            size_t taken = 0;
            if (airdelta_feed(handle->memory, images->patch + fed, images->patch_bytes - fed,
                              &taken) < 0) {
                break;
            }
            fed += (uint32_t)taken;
        }
        status = airdelta_step(handle->memory, DECODE_UNITS);
    }
    return status;
}

static int decode(struct in_place *handle)
{
    const struct in_place_images *images = &handle->images;
    struct airdelta_needs needs;
    struct airdelta_sizes sizes = {images->base_bytes, images->new_bytes, images->patch_bytes};
    struct airdelta_ports ports = {
        .context = handle,
        .read_base = read_base,
        .write_new = write_new,
        .read_new = read_new,
    };
    uint32_t peek = images->patch_bytes < HEADER_BYTES ? images->patch_bytes : HEADER_BYTES;
    if (airdelta_needs_of(images->patch, peek, &needs) != AIRDELTA_DONE) return 0;
    size_t bytes = needs.memory_bytes + (size_t)needs.segment_bytes * UINT16_MAX;
    handle->memory = malloc(bytes);
    if (handle->memory == NULL) return 0;
    airdelta_begin(handle->memory, bytes, &ports, &sizes);
    return run_decoder(handle) == AIRDELTA_DONE &&
           memcmp(handle->decoded, images->new_, images->new_bytes) == 0;
}

/* --- opening -------------------------------------------------------------------------------- */

static uint32_t page_count(const struct in_place *handle)
{
    return (handle->images.new_bytes + handle->images.page_bytes - 1u) / handle->images.page_bytes;
}

static void find_changes(struct in_place *handle)
{
    const struct in_place_images *images = &handle->images;
    for (uint32_t page = 0; page < page_count(handle); page++) {
        uint32_t at = page * images->page_bytes;
        uint32_t end = at + images->page_bytes;
        if (end > images->new_bytes) end = images->new_bytes;
        if (end > images->base_bytes || memcmp(images->base + at, images->new_ + at, end - at)) {
            handle->changed[page / 8u] |= (uint8_t)(1u << (page & 7u));
        }
    }
}

static void lay_out(struct in_place *handle)
{
    const struct in_place_images *images = &handle->images;
    uint32_t most = images->base_bytes > images->new_bytes ? images->base_bytes
                                                            : images->new_bytes;
    uint32_t slot_bytes = (most + images->page_bytes - 1u) / images->page_bytes *
                          images->page_bytes;
    uint32_t sector = images->sector_bytes;
    uint32_t area = (AREA_BYTES(images->new_bytes) + sector - 1u) / sector * sector;
    handle->layout.slots[0] = (struct airdelta_region){0, slot_bytes};
    handle->layout.slots[1] = (struct airdelta_region){slot_bytes, area};
    handle->layout.stash = (struct airdelta_region){0, AIRDELTA_MOST_STASH_PAGES *
                                                           images->page_bytes};
    handle->layout.page_bytes = images->page_bytes;
    handle->flash_bytes = slot_bytes + area;
    handle->port.context = handle;
    handle->port.read = read_flash;
    handle->port.sector_bytes = sector_bytes;
}

struct in_place *in_place_open(const struct in_place_images *images)
{
    struct in_place *handle = calloc(1, sizeof *handle);
    if (handle == NULL) return NULL;
    handle->images = *images;
    lay_out(handle);
    handle->flash = calloc(1, handle->flash_bytes);
    handle->decoded = calloc(1, images->new_bytes + 1u);
    handle->changed = calloc(1, page_count(handle) / 8u + 1u);
    if (handle->flash != NULL && handle->decoded != NULL && handle->changed != NULL) {
        memcpy(handle->flash, images->base, images->base_bytes);
        find_changes(handle);
        if (decode(handle)) return handle;
    }
    in_place_close(handle);
    return NULL;
}

void in_place_close(struct in_place *handle)
{
    if (handle == NULL) return;
    free(handle->flash);
    free(handle->decoded);
    free(handle->changed);
    free(handle->memory);
    free(handle);
}

void in_place_changed(const struct in_place *handle, uint8_t *is_changed)
{
    for (uint32_t page = 0; page < page_count(handle); page++) {
        is_changed[page] = handle->changed[page / 8u] >> (page & 7u) & 1u;
    }
}

/* --- the program ---------------------------------------------------------------------------- */

static int read_plan(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    memcpy(bytes, ((const struct in_place *)context)->plan + offset, count);
    return 0;
}

static int write_head(struct in_place *handle, const uint8_t *plan, uint32_t plan_bytes,
                      uint32_t stash_pages)
{
    struct dv_program_writer *writer = &handle->writer;
    struct dv_head_source source = {
        .decoder = &airdelta_patch_decoder,
        .memory = handle->memory,
        .changed = handle->changed,
        .read_plan = read_plan,
        .context = handle,
    };
    memset(writer, 0, sizeof *writer);
    writer->sink = sink;
    writer->context = handle;
    writer->program.port = &handle->port;
    writer->program.layout = &handle->layout;
    writer->program.base_bytes = handle->images.base_bytes;
    writer->program.new_bytes = handle->images.new_bytes;
    writer->program.plan_bytes = (uint16_t)plan_bytes;
    writer->program.stash_pages = (uint8_t)stash_pages;
    handle->plan = plan;
    handle->written_at = handle->layout.slots[1].offset;
    return plan_bytes <= UINT16_MAX && dv_writer_plan_head(writer, &source) &&
           dv_writer_head(writer, &source, HEAD_ITEMS) == 0;
}

uint32_t in_place_reads(struct in_place *handle, struct plan_read *reads, uint32_t capacity)
{
    struct dv_program *program = &handle->writer.program;
    uint32_t page_bytes = handle->images.page_bytes;
    uint32_t count = 0;
    if (!write_head(handle, NULL, 0, 0) ||
        !dv_program_open_head(program, &handle->port, &handle->layout)) {
        return 0;
    }
    for (uint32_t page = 0; page < program->pages; page++) {
        uint32_t at = page * page_bytes;
        uint32_t end = at + page_bytes < program->new_bytes ? at + page_bytes : program->new_bytes;
        uint32_t index = dv_first_segment(program, at);
        while (dv_is_changed(program, page) && at < end) {
            struct dv_part part = dv_next_part(program, &index, at, end);
            uint32_t base = at - part.segment.new_start + part.segment.base_start;
            for (uint32_t left = part.segment.length ? part.end - at : 0; left > 0;) {
                uint32_t step = page_bytes - base % page_bytes;
                if (step > left) step = left;
                if (count < capacity) {
                    reads[count] = (struct plan_read){(uint16_t)page,
                                                      (uint16_t)(base / page_bytes), step};
                }
                count++;
                base += step;
                left -= step;
            }
            at = part.end;
        }
    }
    return count;
}

/* Execute the program page by page, as the device's rehearsal does. */
static int makes_new_image(struct in_place *handle)
{
    uint8_t bytes[256];
    struct dv_program *program = &handle->writer.program;
    struct dv_moment *moment = &handle->writer.moment;
    dv_moment_begin(moment);
    while (dv_moment_next(program, moment)) {
        uint32_t at = moment->page * handle->images.page_bytes;
        uint32_t count;
        if (!moment->is_changed) continue;
        if (!dv_new_page_begin(&handle->page, program, moment, 1)) return 0;
        while ((count = dv_new_page_read(&handle->page, bytes, sizeof bytes)) > 0) {
            if (memcmp(bytes, handle->images.new_ + at, count) != 0) return 0;
            at += count;
        }
        if (!dv_new_page_is_right(&handle->page)) return 0;
    }
    return 1;
}

int in_place_compile(struct in_place *handle, const uint8_t *plan, uint32_t plan_bytes,
                     uint32_t stash_pages, struct in_place_program *result)
{
    struct dv_program_writer *writer = &handle->writer;
    uint32_t area = handle->layout.slots[1].offset;
    if (!write_head(handle, plan, plan_bytes, stash_pages)) return 0;
    result->head_bytes = writer->written;
    memset(writer, 0, sizeof *writer);
    writer->sink = sink;
    writer->context = handle;
    if (!dv_program_open_head(&writer->program, &handle->port, &handle->layout) ||
        !dv_is_whole_plan(&writer->program, handle->decoded)) {
        return 0;
    }
    handle->written_at = writer->program.extents_at;
    if (dv_writer_compile(writer, handle->images.new_, handle->images.new_bytes) != 0) return 0;
    writer->program.extents_end = writer->program.extents_at + writer->written;
    result->extents_at = writer->program.extents_at - area;
    result->extents_bytes = writer->written;
    result->segments = writer->program.segments;
    result->changed_pages = 0;
    for (uint32_t page = 0; page < writer->program.pages; page++) {
        result->changed_pages += (uint32_t)dv_is_changed(&writer->program, page);
    }
    return makes_new_image(handle);
}
