#include "layout.h"

#include "airdelta_installer.h"

/* Slots, download area and state. */
#define NEEDED_REGIONS 4u
#define MOST_REGIONS 8u

/* Whether a region is whole sectors. Bounded: every step advances, and a sector is not empty. */
static int is_whole_sectors(const struct airdelta_port *port, const struct airdelta_region *region)
{
    uint32_t at = region->offset;
    uint32_t end = region->offset + region->bytes;
    if (region->bytes == 0 || end < at) return 0;
    while (at < end) {
        uint32_t sector_bytes = port->sector_bytes(port->context, at);
        if (sector_bytes == 0 || sector_bytes > end - at) return 0;
        at += sector_bytes;
    }
    return 1;
}

static int are_apart(const struct airdelta_region *one, const struct airdelta_region *other)
{
    return one->offset + one->bytes <= other->offset || other->offset + other->bytes <= one->offset;
}

static int is_possible_state(const struct airdelta_port *port, const struct airdelta_layout *layout)
{
    struct airdelta_region bank = {layout->state.offset, layout->state_bank_bytes};
    if (bank.bytes < AIRDELTA_MIN_STATE_BANK_BYTES || layout->state.bytes % bank.bytes != 0 ||
        layout->state.bytes / bank.bytes < 2) {
        return 0;
    }
    for (; bank.offset < layout->state.offset + layout->state.bytes; bank.offset += bank.bytes) {
        if (!is_whole_sectors(port, &bank)) return 0;
    }
    return 1;
}

int dv_is_possible_layout(const struct airdelta_port *port, const struct airdelta_layout *layout)
{
    const struct airdelta_region *regions[MOST_REGIONS] = {&layout->slots[0], &layout->slots[1],
                                                           &layout->download, &layout->state,
                                                           &layout->scratch, &layout->journal,
                                                           &layout->stash,
                                                           &layout->checkpoints};
    uint32_t unit = layout->write_unit_bytes;
    if (unit == 0 || unit > 32 || (unit & (unit - 1u)) != 0) return 0;
    if (layout->erased_value != 0xFF && layout->erased_value != 0x00) return 0;
    for (uint32_t i = 0; i < MOST_REGIONS; i++) {
        if (i >= NEEDED_REGIONS && regions[i]->bytes == 0) continue;
        if (!is_whole_sectors(port, regions[i])) return 0;
        for (uint32_t j = 0; j < i; j++) {
            if (!are_apart(regions[i], regions[j])) return 0;
        }
    }
    if (layout->installer != NULL && !layout->installer->is_possible(port, layout)) return 0;
    return is_possible_state(port, layout);
}
