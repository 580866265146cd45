#include "decoding.h"

#include "airdelta_compiler.h"
#include "airdelta_installer.h"
#include "bytes.h"
#include "download.h"
#include "flash_access.h"
#include "payload_reader.h"
#include "wire_numbers.h"

/* Units of work of a decoder per slice: of the order of one program operation. */
#define DECODE_BUDGET 256u
/* Payload bytes handed to a decoder at a time. */
#define FEED_BYTES 64u
/* First bytes of a payload from which a decoder knows its needs (airdelta.h). */
#define NEEDS_BYTES 128u
#define PLAN_HEAD_BYTES 4u
#define PLAN_MARK 0xF0u

static uint32_t compiler_bytes(const struct airdelta_device_config *config)
{
    return config->compiler == NULL ? 0 : config->compiler->memory_bytes(config->layout);
}

void *dv_decoder_memory(const struct airdelta_device *device)
{
    return (uint8_t *)device->config->work + compiler_bytes(device->config);
}

uint32_t dv_decoder_bytes(const struct airdelta_device *device)
{
    return device->config->work_bytes - compiler_bytes(device->config) -
           dv_download_buffer_bytes(&device->session);
}

/* Read `count` payload bytes from an offset; whether they are there. */
static int read_payload(const struct airdelta_device *device, uint32_t offset, uint8_t *bytes,
                        uint32_t count)
{
    while (count > 0) {
        uint32_t taken = dv_payload_read(device, offset, bytes, count);
        if (taken == 0) return 0;
        offset += taken;
        bytes += taken;
        count -= taken;
    }
    return 1;
}

/* What comes before the patch; a payload without a plan leaves the order to the device. */
static airdelta_device_status read_plan_head(struct airdelta_device *device)
{
    uint8_t head[PLAN_HEAD_BYTES];
    struct airdelta_install *install = &device->install;
    const struct airdelta_device_config *config = device->config;
    const struct airdelta_layout *layout = config->layout;
    install->plan_bytes = 0;
    install->payload_start = 0;
    install->stash_pages = 0;
    if (layout->page_bytes > 0) {
        install->stash_pages =
            (uint8_t)dv_min(layout->stash.bytes / layout->page_bytes, AIRDELTA_MOST_STASH_PAGES);
    }
    if (config->compiler == NULL || install->manifest.payload_format != WIRE_FORMAT_AIRDELTA ||
        dv_plain_bytes(&install->manifest) < sizeof head) {
        return AIRDELTA_DEVICE_OK;
    }
    if (!read_payload(device, 0, head, sizeof head)) return AIRDELTA_REJECTED_PAYLOAD;
    if ((head[0] & PLAN_MARK) != PLAN_MARK) return AIRDELTA_DEVICE_OK;
    uint32_t start = PLAN_HEAD_BYTES + dv_get_u16(head + 2);
    uint32_t stash_pages = head[0] - PLAN_MARK;
    if (head[1] > 31u || layout->page_bytes != 1u << head[1] ||
        stash_pages > install->stash_pages || start > dv_plain_bytes(&install->manifest)) {
        return AIRDELTA_REJECTED_PAYLOAD_FORMAT; /* a plan for another layout */
    }
    install->plan_bytes = (uint16_t)dv_get_u16(head + 2);
    install->stash_pages = (uint8_t)stash_pages;
    install->payload_start = start;
    return AIRDELTA_DEVICE_OK;
}

airdelta_device_status dv_measure(struct airdelta_device *device, dv_write_new write_new,
                                  const uint8_t *bytes, uint32_t count)
{
    if (compiler_bytes(device->config) >= device->config->work_bytes) {
        return AIRDELTA_REJECTED_MEMORY;
    }
    struct airdelta_decoder_io io = dv_decoder_io(device, write_new);
    uint32_t memory_bytes = device->install.decoder->memory_bytes(&io, bytes, count);
    if (memory_bytes == 0) return AIRDELTA_REJECTED_REHEARSAL;
    /* (12): memory. */
    return memory_bytes > dv_decoder_bytes(device) ? AIRDELTA_REJECTED_MEMORY : AIRDELTA_DEVICE_OK;
}

airdelta_device_status dv_measure_payload(struct airdelta_device *device, dv_write_new write_new)
{
    struct airdelta_install *install = &device->install;
    airdelta_device_status status = read_plan_head(device);
    if (status != AIRDELTA_DEVICE_OK) return status;
    uint32_t wanted =
        dv_min(dv_plain_bytes(&install->manifest) - install->payload_start, NEEDS_BYTES);
    if (!read_payload(device, install->payload_start, device->burst, wanted)) {
        return AIRDELTA_REJECTED_PAYLOAD;
    }
    return dv_measure(device, write_new, device->burst, wanted);
}

int dv_begin_decoding(struct airdelta_device *device, dv_write_new write_new)
{
    struct airdelta_install *install = &device->install;
    struct airdelta_decoder_io io = dv_decoder_io(device, write_new);
    install->input_bytes = 0;
    install->output_bytes = 0;
    return install->decoder->begin(dv_decoder_memory(device), dv_decoder_bytes(device), &io) >= 0;
}

int dv_decode(struct airdelta_device *device)
{
    uint8_t piece[FEED_BYTES];
    struct airdelta_install *install = &device->install;
    void *memory = dv_decoder_memory(device);
    uint32_t at = install->payload_start + install->input_bytes;
    uint32_t left = dv_plain_bytes(&install->manifest) - at;
    uint32_t taken = 0;
    dv_watchdog(device->config->port);
    int said = install->decoder->step(memory, DECODE_BUDGET);
    if (said != AIRDELTA_DECODE_NEEDS_INPUT) return said;
    uint32_t count = dv_payload_read(device, at, piece, dv_min(left, FEED_BYTES));
    if (count == 0) return AIRDELTA_DECODE_FAILED; /* it wants more than there is */
    said = install->decoder->feed(memory, piece, count, &taken);
    install->input_bytes += taken;
    return said < 0 ? said : AIRDELTA_DECODE_BUSY;
}
