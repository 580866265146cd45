#include "slot_writer.h"

#include <string.h>

#include "bytes.h"
#include "flash_access.h"
#include "state_store.h"

/* The new image is programmed in pieces of the page buffer of serial NOR parts (W25Q family). */
#define PROGRAM_BYTES 256u
/* Flash operations between two checkpoints: an update ends even if no boot lasts for 64 of them,
 * with a bank switch of the state log and a sector of 4 KiB in between. */
#define CHECKPOINT_OPERATIONS 16u

const struct airdelta_region *dv_free_slot(const struct airdelta_device *device)
{
    return &device->config->layout->slots[device->running_slot ^ 1u];
}

/* Erase the sectors that start in the next `count` bytes of the slot. */
static int erase_ahead(struct airdelta_device *device, uint32_t count)
{
    const struct airdelta_port *port = device->config->port;
    struct airdelta_install *install = &device->install;
    while (install->erased_bytes < install->position + count) {
        uint32_t offset = dv_free_slot(device)->offset + install->erased_bytes;
        uint32_t sector_bytes = port->sector_bytes(port->context, offset);
        enum airdelta_flash_result result = AIRDELTA_FLASH_OK;
        dv_watchdog(port);
        result = port->erase(port->context, offset); /* RULE 12 */
        if (result != AIRDELTA_FLASH_OK || sector_bytes == 0) return 1;
        install->erased_bytes += sector_bytes;
        install->operations++;
    }
    return 0;
}

/* State how much of the new image is safely staged: at the end of a sector, and not too often. */
static int checkpoint(struct airdelta_device *device)
{
    struct airdelta_install *install = &device->install;
    struct airdelta_state state = device->store.state;
    struct airdelta_slot_record *record = &state.slots[device->running_slot ^ 1u];
    if (device->session.is_streamed || install->operations < CHECKPOINT_OPERATIONS ||
        install->position != install->erased_bytes) {
        return 0;
    }
    install->operations = 0;
    record->image.bytes = 0;
    record->security_counter = install->position;
    return dv_store_append(&device->store, &state) != AIRDELTA_DEVICE_OK;
}

static int program_burst(struct airdelta_device *device)
{
    struct airdelta_install *install = &device->install;
    const struct airdelta_layout *layout = device->config->layout;
    uint32_t count = dv_round_up(install->waiting, layout->write_unit_bytes);
    uint32_t offset = dv_free_slot(device)->offset + install->position;
    if (count > dv_free_slot(device)->bytes - install->position) return 1;
    if (erase_ahead(device, count) != 0) return 1;
    memset(device->burst + install->waiting, layout->erased_value, count - install->waiting);
    if (dv_program(device->config->port, offset, device->burst, count) != AIRDELTA_FLASH_OK) {
        return 1;
    }
    install->position += count;
    install->waiting = 0;
    install->operations++;
    return checkpoint(device);
}

uint32_t dv_staged_bytes(const struct airdelta_device *device)
{
    const struct airdelta_slot_record *record =
        &device->store.state.slots[device->running_slot ^ 1u];
    return record->image.bytes == 0 ? record->security_counter : 0;
}

int dv_stage_stream(struct airdelta_device *device, uint32_t offset, const uint8_t *bytes,
                    uint32_t count)
{
    struct airdelta_install *install = &device->install;
    uint32_t at = install->stream_at + offset;
    uint32_t reached = install->position + install->waiting;
    uint32_t kept = dv_min(count, reached - dv_min(at, reached)); /* staged in an earlier boot */
    bytes += kept;
    count -= kept;
    while (count > 0) {
        uint32_t step = dv_min(count, PROGRAM_BYTES - install->waiting);
        memcpy(device->burst + install->waiting, bytes, step);
        install->waiting = (uint16_t)(install->waiting + step);
        bytes += step;
        count -= step;
        if (install->waiting == PROGRAM_BYTES && program_burst(device) != 0) return 1;
    }
    return 0;
}

void dv_stage_begin(struct airdelta_device *device, uint32_t stream_at)
{
    struct airdelta_install *install = &device->install;
    install->operations = 0;
    install->waiting = 0;
    install->stream_at = stream_at;
    install->position = dv_staged_bytes(device);
    install->erased_bytes = install->position;
}

int dv_stage_end(struct airdelta_device *device)
{
    return device->install.waiting > 0 ? program_burst(device) : 0;
}

int dv_stage_last(struct airdelta_device *device, const uint8_t *bytes, uint32_t count)
{
    struct airdelta_install *install = &device->install;
    const struct airdelta_region *slot = dv_free_slot(device);
    uint32_t padded = dv_round_up(count, device->config->layout->write_unit_bytes);
    uint32_t last = slot->bytes - padded;
    if (last < install->position) return 1;
    /* sectors in between are left alone */
    for (uint32_t at = install->erased_bytes; at <= last; at = install->erased_bytes) {
        uint32_t sector_bytes =
            device->config->port->sector_bytes(device->config->port->context, slot->offset + at);
        if (sector_bytes == 0) return 1;
        if (at + sector_bytes > last) break;
        install->erased_bytes += sector_bytes;
    }
    install->position = last;
    install->operations = 0; /* no checkpoint: what lies before these bytes is not staged */
    memset(device->burst, device->config->layout->erased_value, padded - count);
    memcpy(device->burst + padded - count, bytes, count);
    install->waiting = (uint16_t)padded;
    return program_burst(device);
}
