/*
 * Compiling a commit in place: the application's part, with the old image intact.
 *
 * The new image is decoded twice. The first time its digest is checked, which pages change is noted,
 * and then the program's head is written; that it is there is recorded with AIRDELTA_VERIFIED. The
 * second time extents are written, with checkpoints like those of any staging, so that a cut costs
 * one decoding and no flash. In the end the program is executed without writing anything.
 */
#include <string.h>

#include "airdelta_compiler.h"
#include "airdelta_installer.h"
#include "bytes.h"
#include "decoding.h"
#include "flash_access.h"
#include "install.h"
#include "new_page.h"
#include "payload_reader.h"
#include "program_writer.h"
#include "slot_writer.h"

/* Items of the head per slice: about one program operation. */
#define HEAD_ITEMS 24u
/* Bytes of the new image that are rehearsed per slice. */
#define REHEARSED_BYTES 128u

/* In the work memory, before the decoder's. */
struct in_place_work {
    struct dv_program_writer writer;
    struct dv_new_page page; /* of the rehearsal */
    uint32_t rehearsed_bytes;
    uint8_t changed[]; /* a bit for each page of the slot */
};

static struct in_place_work *work_of(const struct airdelta_device *device)
{
    return device->config->work;
}

static uint32_t changed_bytes(const struct airdelta_layout *layout)
{
    return (layout->slots[0].bytes / layout->page_bytes + 7u) / 8u;
}

static uint32_t memory_bytes(const struct airdelta_layout *layout)
{
    return dv_round_up((uint32_t)sizeof(struct in_place_work) + changed_bytes(layout), 8u);
}

static void begin(struct airdelta_device *device)
{
    memset(work_of(device)->changed, 0, changed_bytes(device->config->layout));
}

/* Note which pages differ from what the slot holds at the same place. */
static int see(struct airdelta_device *device, uint32_t offset, const uint8_t *bytes,
               uint32_t count)
{
    uint8_t base[DV_COMPARED_BYTES];
    const struct airdelta_port *port = device->config->port;
    const struct airdelta_layout *layout = device->config->layout;
    uint32_t base_bytes = device->store.state.slots[0].image.bytes;
    for (uint32_t at = 0; at < count;) {
        uint32_t here = offset + at;
        uint32_t page = here / layout->page_bytes;
        uint32_t step = dv_min(dv_min(count - at, DV_COMPARED_BYTES),
                               (page + 1u) * layout->page_bytes - here);
        int is_same = here + step <= base_bytes;
        if (is_same) {
            if (port->read(port->context, layout->slots[0].offset + here, base, step) !=
                AIRDELTA_FLASH_OK) {
                return 1;
            }
            is_same = memcmp(base, bytes + at, step) == 0;
        }
        if (!is_same) work_of(device)->changed[page / 8u] |= (uint8_t)(1u << (page & 7u));
        at += step;
    }
    return 0;
}

/* --- the head ----------------------------------------------------------------------------- */

static int sink(void *context, const uint8_t *bytes, uint32_t count)
{
    struct airdelta_device *device = context;
    struct dv_program_writer *writer = &work_of(device)->writer;
    return dv_stage_stream(device, writer->written, bytes, count);
}

static int read_plan(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    const struct airdelta_device *device = context;
    uint32_t at = device->install.payload_start - work_of(device)->writer.program.plan_bytes;
    return dv_payload_read(device, at + offset, bytes, count) != count;
}

static int begin_head(struct airdelta_device *device, const struct dv_head_source *source)
{
    struct dv_program_writer *writer = &work_of(device)->writer;
    const struct airdelta_install *install = &device->install;
    const struct airdelta_layout *layout = device->config->layout;
    memset(writer, 0, sizeof *writer);
    writer->sink = sink;
    writer->context = device;
    writer->program.port = device->config->port;
    writer->program.layout = layout;
    writer->program.base_bytes = device->store.state.slots[0].image.bytes;
    writer->program.new_bytes = install->manifest.new_image.bytes;
    writer->program.plan_bytes = install->plan_bytes;
    writer->program.stash_pages = install->stash_pages;
    dv_stage_begin(device, 0);
    return dv_writer_plan_head(writer, source);
}

static airdelta_device_status end_head(struct airdelta_device *device)
{
    struct in_place_work *work = work_of(device);
    const struct airdelta_device_config *config = device->config;
    struct dv_program *program = &work->writer.program;
    if (dv_stage_end(device) != 0) return AIRDELTA_FAILED_STAGING;
    if (!dv_program_open_head(program, config->port, config->layout) ||
        !dv_is_whole_plan(program, work->changed)) {
        return AIRDELTA_REJECTED_REHEARSAL;
    }
    device->install.position = program->extents_at - config->layout->slots[1].offset;
    return AIRDELTA_DEVICE_OK;
}

static airdelta_device_status write_head(struct airdelta_device *device)
{
    struct dv_program_writer *writer = &work_of(device)->writer;
    const struct airdelta_install *install = &device->install;
    struct dv_head_source source = {
        .decoder = install->decoder,
        .memory = dv_decoder_memory(device),
        .changed = work_of(device)->changed,
        .read_plan = read_plan,
        .context = device,
    };
    if (install->has_begun == 0) {
        device->install.has_begun = 1;
        return begin_head(device, &source) ? AIRDELTA_DEVICE_BUSY : AIRDELTA_REJECTED_SIZE;
    }
    int said = dv_writer_head(writer, &source, HEAD_ITEMS);
    if (said < 0) return AIRDELTA_FAILED_STAGING;
    return said > 0 ? AIRDELTA_DEVICE_BUSY : end_head(device);
}

/* --- extents ------------------------------------------------------------------------------ */

static int begin_compiling(struct airdelta_device *device)
{
    struct dv_program_writer *writer = &work_of(device)->writer;
    const struct airdelta_device_config *config = device->config;
    memset(writer, 0, sizeof *writer);
    writer->sink = sink;
    writer->context = device;
    if (!dv_program_open_head(&writer->program, config->port, config->layout)) return 0;
    dv_stage_begin(device, writer->program.extents_at - config->layout->slots[1].offset);
    return 1;
}

static int compile(struct airdelta_device *device, const uint8_t *bytes, uint32_t count)
{
    return dv_writer_compile(&work_of(device)->writer, bytes, count);
}

static int end_compiling(struct airdelta_device *device)
{
    uint8_t end[DV_PROGRAM_END_BYTES];
    dv_writer_end(&work_of(device)->writer, end);
    return dv_stage_end(device) != 0 || dv_stage_last(device, end, sizeof end) != 0;
}

/* --- rehearsal ---------------------------------------------------------------------------- */

static int begin_rehearsal(struct airdelta_device *device)
{
    struct in_place_work *work = work_of(device);
    const struct airdelta_device_config *config = device->config;
    work->rehearsed_bytes = 0;
    return dv_program_open_head(&work->writer.program, config->port, config->layout) &&
           dv_program_open_end(&work->writer.program);
}

/* The next bytes of a page, as the commit will leave them; how many. */
static uint32_t rehearse_bytes(struct in_place_work *work, uint8_t *bytes, uint32_t most)
{
    struct dv_program *program = &work->writer.program;
    const struct airdelta_layout *layout = program->layout;
    uint32_t page = work->rehearsed_bytes / layout->page_bytes;
    uint32_t within = work->rehearsed_bytes % layout->page_bytes;
    if (!dv_is_changed(program, page)) {
        uint32_t count = dv_min(most, dv_min(layout->page_bytes - within,
                                             program->new_bytes - work->rehearsed_bytes));
        dv_program_read(program, layout->slots[0].offset + work->rehearsed_bytes, bytes, count);
        return program->has_failed ? 0 : count;
    }
    if (within == 0) {
        dv_moment_of_page(program, &work->writer.moment, page);
        if (!dv_new_page_begin(&work->page, program, &work->writer.moment, 1)) return 0;
    }
    uint32_t count = dv_new_page_read(&work->page, bytes, most);
    int is_over = work->page.builder.position == work->page.builder.end;
    return is_over && !dv_new_page_is_right(&work->page) ? 0 : count;
}

static airdelta_device_status rehearse(struct airdelta_device *device)
{
    uint8_t bytes[REHEARSED_BYTES];
    struct in_place_work *work = work_of(device);
    const struct airdelta_port *port = device->config->port;
    if (work->rehearsed_bytes == work->writer.program.new_bytes) return AIRDELTA_DEVICE_OK;
    dv_watchdog(port);
    uint32_t count = rehearse_bytes(work, bytes, sizeof bytes);
    if (count == 0) return AIRDELTA_FAILED_STAGING;
    port->digest_update(port->context, bytes, count);
    work->rehearsed_bytes += count;
    return AIRDELTA_DEVICE_BUSY;
}

const struct airdelta_compiler airdelta_in_place_compiler = {
    memory_bytes, begin,       see,           write_head,      begin_compiling,
    compile,      end_compiling, begin_rehearsal, rehearse,
};
