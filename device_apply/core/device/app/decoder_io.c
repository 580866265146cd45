#include "decoder_io.h"

#include "flash_access.h"
#include "payload_reader.h"

/* Whether `count` bytes from `offset` lie inside the first `bytes`. */
static int is_inside(uint32_t bytes, uint32_t offset, uint32_t count)
{
    return offset <= bytes && count <= bytes - offset;
}

/* A patch is against the running image: admission held the two against each other. */
static uint32_t base_bytes(const struct airdelta_device *device)
{
    const struct airdelta_slot_record *running = &device->store.state.slots[device->running_slot];
    return device->install.manifest.has_base ? running->image.bytes : 0u;
}

static int read_base(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    const struct airdelta_device *device = context;
    const struct airdelta_port *port = device->config->port;
    uint32_t start = device->config->layout->slots[device->running_slot].offset;
    if (!is_inside(base_bytes(device), offset, count)) return 1;
    return port->read(port->context, start + offset, bytes, count) != AIRDELTA_FLASH_OK;
}

static int erase_scratch(void *context, uint32_t count)
{
    const struct airdelta_device_config *config = ((struct airdelta_device *)context)->config;
    const struct airdelta_region *scratch = &config->layout->scratch;
    if (!is_inside(scratch->bytes, 0, count)) return 1;
    return dv_erase_range(config->port, scratch->offset, count) != AIRDELTA_DEVICE_OK;
}

static int program_scratch(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    const struct airdelta_device_config *config = ((struct airdelta_device *)context)->config;
    const struct airdelta_region *scratch = &config->layout->scratch;
    if (!is_inside(scratch->bytes, offset, count)) return 1;
    return dv_program(config->port, scratch->offset + offset, bytes, count) != AIRDELTA_FLASH_OK;
}

static int read_scratch(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    const struct airdelta_device_config *config = ((struct airdelta_device *)context)->config;
    const struct airdelta_port *port = config->port;
    const struct airdelta_region *scratch = &config->layout->scratch;
    if (!is_inside(scratch->bytes, offset, count)) return 1;
    return port->read(port->context, scratch->offset + offset, bytes, count) != AIRDELTA_FLASH_OK;
}

struct airdelta_decoder_io dv_decoder_io(struct airdelta_device *device, dv_write_new write_new)
{
    const struct airdelta_manifest *manifest = &device->install.manifest;
    return (struct airdelta_decoder_io){
        .context = device,
        .base_bytes = base_bytes(device),
        .new_bytes = manifest->new_image.bytes,
        .payload_bytes = dv_plain_bytes(manifest) - device->install.payload_start,
        .read_base = read_base,
        .write_new = write_new,
        .scratch_bytes = device->config->layout->scratch.bytes,
        .scratch_erase = erase_scratch,
        .scratch_program = program_scratch,
        .scratch_read = read_scratch,
    };
}
