/*
 * The overwrite installer: copy the staged image over the one in the slot.
 *
 * The copy can be made again at any time, so there is no journal: while the slot holds no image, its
 * record in the state says in its security counter how many bytes are copied, every now and then.
 *
 * 12. A sector is erased in the same power cycle in which it is programmed, even if it reads blank.
 */
#include "airdelta_installer.h"

#include "bytes.h"
#include "flash_access.h"
#include "flash_copy.h"
#include "state_store.h"

/* Flash operations between two checkpoints: a commit ends even if no boot lasts for 64 of them. */
#define CHECKPOINT_OPERATIONS 16u

static int is_possible(const struct airdelta_port *port, const struct airdelta_layout *layout)
{
    (void)port;
    return layout->slots[1].bytes >= layout->slots[0].bytes;
}

static airdelta_device_status begin(struct airdelta_store *store)
{
    int is_staged = dv_holds_image(store->log.port, &store->log.layout->slots[1],
                                   &store->state.slots[1].image);
    return is_staged ? AIRDELTA_DEVICE_OK : AIRDELTA_FAILED_STAGING;
}

static airdelta_device_status checkpoint(struct airdelta_store *store, uint32_t copied_bytes)
{
    store->state.slots[0].security_counter = copied_bytes;
    return dv_store_append(store, &store->state);
}

static airdelta_device_status copy(struct airdelta_store *store, const struct airdelta_region *from,
                                   uint32_t to)
{
    return dv_copy_flash(store, from, to, store->log.port->installer_memory);
}

static airdelta_device_status commit(struct airdelta_store *store)
{
    const struct airdelta_port *port = store->log.port;
    const struct airdelta_layout *layout = store->log.layout;
    uint32_t wanted = store->state.slots[1].image.bytes;
    uint32_t at = store->state.slots[0].security_counter;
    uint32_t operations = 0;
    if (wanted > layout->slots[0].bytes) return AIRDELTA_DEVICE_BAD_ARGUMENT;
    while (at < wanted) {
        uint32_t sector = layout->slots[0].offset + at;
        uint32_t sector_bytes = port->sector_bytes(port->context, sector);
        struct airdelta_region from = {layout->slots[1].offset + at,
                                       dv_min(sector_bytes, wanted - at)};
        airdelta_device_status status = AIRDELTA_DEVICE_OK;
        status = dv_erase_range(port, sector, sector_bytes); /* RULE 12b */
        if (status == AIRDELTA_DEVICE_OK) status = copy(store, &from, sector);
        if (status != AIRDELTA_DEVICE_OK) return status;
        at += sector_bytes;
        operations += 1u + sector_bytes / DV_COPY_BYTES;
        if (operations < CHECKPOINT_OPERATIONS || at >= wanted) continue;
        operations = 0;
        status = checkpoint(store, at);
        if (status != AIRDELTA_DEVICE_OK) return status;
    }
    return AIRDELTA_DEVICE_OK;
}

const struct airdelta_installer airdelta_overwrite_installer = {DV_COPY_BYTES, is_possible, begin,
                                                              commit};
