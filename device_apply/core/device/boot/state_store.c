#include "state_store.h"

#include <string.h>

#include "flash_access.h"
#include "state_record.h"

/* What one bank holds. */
struct bank {
    uint32_t index;
    int has_record;
    uint32_t generation; /* of its records */
    uint32_t last_place; /* of the last valid one */
    uint32_t tail;       /* the first place that may be programmed */
};

static uint32_t bank_count(const struct airdelta_store *store)
{
    return store->layout->state.bytes / store->layout->state_bank_bytes;
}

static uint32_t place_count(const struct airdelta_store *store)
{
    return store->layout->state_bank_bytes / DV_RECORD_BYTES;
}

static uint32_t offset_of(const struct airdelta_store *store, uint32_t bank, uint32_t place)
{
    return store->layout->state.offset + bank * store->layout->state_bank_bytes +
           place * DV_RECORD_BYTES;
}

static airdelta_device_status scan_bank(const struct airdelta_store *store, struct bank *bank)
{
    uint8_t record[DV_RECORD_BYTES];
    for (uint32_t place = 0; place < place_count(store); place++) {
        uint32_t offset = offset_of(store, bank->index, place);
        enum dv_place found =
            dv_read_place(store->port, store->layout, offset, record, DV_RECORD_BYTES);
        if (found == DV_PLACE_FAILED) return AIRDELTA_DEVICE_FLASH_FAILED;
        if (found == DV_PLACE_BLANK) continue;
        bank->tail = place + 1; /* RULE 2: behind the last place that is not blank */
        if (!dv_record_decode(record, &bank->generation, NULL)) continue;
        bank->has_record = !dv_record_is_void(record);
        bank->last_place = place;
    }
    return AIRDELTA_DEVICE_OK;
}

static int takes_over(const struct bank *bank, const struct bank *best)
{
    if (!bank->has_record) return 0;
    if (!best->has_record) return 1;
    if (bank->generation < best->generation) return 0; /* RULE 1 */
    return 1;
}

airdelta_device_status dv_store_find(struct airdelta_store *store, const struct airdelta_port *port,
                                     const struct airdelta_layout *layout)
{
    uint8_t record[DV_RECORD_BYTES];
    struct bank best = {.has_record = 0};
    store->port = port;
    store->layout = layout;
    for (uint32_t index = 0; index < bank_count(store); index++) {
        struct bank bank = {.index = index, .has_record = 0};
        airdelta_device_status status = scan_bank(store, &bank);
        if (status != AIRDELTA_DEVICE_OK) return status;
        dv_watchdog(port);
        if (takes_over(&bank, &best)) best = bank;
    }
    if (!best.has_record) return AIRDELTA_DEVICE_STATE_LOST;
    store->bank = best.index;
    store->tail = best.tail;
    uint32_t offset = offset_of(store, best.index, best.last_place);
    if (dv_read_place(port, layout, offset, record, DV_RECORD_BYTES) != DV_PLACE_WRITTEN ||
        !dv_record_decode(record, &store->generation, &store->state)) {
        return AIRDELTA_DEVICE_FLASH_FAILED; /* it was valid a moment ago */
    }
    return AIRDELTA_DEVICE_OK;
}

/* Program a record at the tail or the first place behind it that accepts it; BUSY if none does. */
static airdelta_device_status program_record(struct airdelta_store *store,
                                             const uint8_t record[DV_RECORD_BYTES])
{
    while (store->tail < place_count(store)) {
        uint32_t offset = offset_of(store, store->bank, store->tail);
        enum airdelta_flash_result result =
            dv_program(store->port, offset, record, DV_RECORD_BYTES);
        store->tail++;
        if (result == AIRDELTA_FLASH_REFUSED) continue; /* RULE 2b: spent though it reads blank */
        return result == AIRDELTA_FLASH_OK ? AIRDELTA_DEVICE_OK : AIRDELTA_DEVICE_FLASH_FAILED;
    }
    return AIRDELTA_DEVICE_BUSY;
}

/* Make whatever the bank at hand holds void, also for readers that see its erase undone. */
static airdelta_device_status void_bank(struct airdelta_store *store)
{
    uint8_t record[DV_RECORD_BYTES];
    struct bank bank = {.index = store->bank, .has_record = 0};
    airdelta_device_status status = scan_bank(store, &bank);
    if (status != AIRDELTA_DEVICE_OK || bank.tail == 0) return status;
    store->tail = bank.tail;
    dv_record_encode_void(record);
    status = program_record(store, record);
    return status == AIRDELTA_DEVICE_BUSY ? AIRDELTA_DEVICE_OK : status;
}

static airdelta_device_status begin_bank(struct airdelta_store *store,
                                         const struct airdelta_state *state)
{
    uint8_t record[DV_RECORD_BYTES];
    uint32_t bytes = store->layout->state_bank_bytes;
    airdelta_device_status status = AIRDELTA_DEVICE_OK;
    store->bank = (store->bank + 1u) % bank_count(store);
    status = void_bank(store); /* RULE 4: before it is erased */
    if (status != AIRDELTA_DEVICE_OK) return status;
    status = dv_erase_range(store->port, offset_of(store, store->bank, 0), bytes); /* RULE 3 */
    if (status != AIRDELTA_DEVICE_OK) return status;
    store->tail = 0;
    store->generation++;
    dv_record_encode(record, store->generation, state);
    status = program_record(store, record);
    return status == AIRDELTA_DEVICE_BUSY ? AIRDELTA_DEVICE_FLASH_FAILED : status;
}

airdelta_device_status dv_store_append(struct airdelta_store *store,
                                       const struct airdelta_state *state)
{
    uint8_t record[DV_RECORD_BYTES];
    dv_record_encode(record, store->generation, state);
    airdelta_device_status status = program_record(store, record);
    if (status == AIRDELTA_DEVICE_BUSY) status = begin_bank(store, state);
    if (status == AIRDELTA_DEVICE_OK && state != &store->state) store->state = *state;
    return status;
}

/* Where a unit takes a second program operation, drive the place at the tail to all programmed. */
static airdelta_device_status settle_tail(struct airdelta_store *store)
{
    uint8_t record[DV_RECORD_BYTES];
    if (!store->layout->takes_reprogramming || store->tail >= place_count(store)) {
        return AIRDELTA_DEVICE_OK;
    }
    memset(record, (uint8_t)~store->layout->erased_value, sizeof record);
    airdelta_device_status status = program_record(store, record);
    return status == AIRDELTA_DEVICE_BUSY ? AIRDELTA_DEVICE_OK : status;
}

airdelta_device_status dv_store_open(struct airdelta_store *store, const struct airdelta_port *port,
                                     const struct airdelta_layout *layout)
{
    airdelta_device_status status = dv_store_find(store, port, layout);
    if (status == AIRDELTA_DEVICE_OK) status = settle_tail(store); /* RULE 2c */
    if (status == AIRDELTA_DEVICE_OK) status = dv_store_append(store, &store->state); /* RULE 5 */
    return status;
}

airdelta_device_status dv_store_create(struct airdelta_store *store,
                                       const struct airdelta_state *state)
{
    const struct airdelta_region *region = &store->layout->state;
    airdelta_device_status status = dv_erase_range(store->port, region->offset, region->bytes);
    store->bank = bank_count(store) - 1u;
    store->generation = 0;
    store->state = *state;
    return status == AIRDELTA_DEVICE_OK ? begin_bank(store, state) : status;
}
