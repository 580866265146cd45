#include "record_log.h"

#include <string.h>

#include "bytes.h"
#include "crc32.h"
#include "flash_access.h"

/* What one bank holds. */
struct bank {
    uint32_t index;
    int has_record;
    uint32_t generation; /* of its records */
    uint32_t last_place; /* of the last valid one */
    uint32_t tail;       /* the first place that may be programmed */
};

void dv_log_place(struct airdelta_log *log, const struct dv_record_format *format,
                  const struct airdelta_region *region, uint32_t bank_bytes, uint32_t record_bytes)
{
    log->format = format;
    log->region = *region;
    log->bank_bytes = bank_bytes;
    log->record_bytes = (uint8_t)record_bytes;
}

static uint32_t bank_count(const struct airdelta_log *log)
{
    return log->region.bytes / log->bank_bytes;
}

static uint32_t place_count(const struct airdelta_log *log)
{
    return log->bank_bytes / log->record_bytes;
}

static uint32_t offset_of(const struct airdelta_log *log, uint32_t bank, uint32_t place)
{
    return log->region.offset + bank * log->bank_bytes + place * log->record_bytes;
}

static uint32_t generation_of(const struct airdelta_log *log, const uint8_t *record)
{
    return dv_get_u32(record) & log->format->generation_mask;
}

static void seal(const struct airdelta_log *log, uint8_t *record, uint32_t generation)
{
    const struct dv_record_format *format = log->format;
    dv_put_u32(record, (dv_get_u32(record) & ~format->generation_mask) |
                           (generation & format->generation_mask));
    dv_put_u32(record + format->crc_at, dv_crc32(0, record, format->crc_at) ^ format->salt);
}

static int is_whole(const struct airdelta_log *log, const uint8_t *record)
{
    const struct dv_record_format *format = log->format;
    uint32_t crc = dv_crc32(0, record, format->crc_at) ^ format->salt;
    if (dv_get_u32(record + format->crc_at) != crc) return 0; /* RULE 1b */
    return generation_of(log, record) == 0 || format->is_known == NULL || format->is_known(record);
}

static enum dv_place read_record(const struct airdelta_log *log, uint32_t offset, uint8_t *record)
{
    return dv_read_place(log->port, log->layout, offset, record, log->record_bytes);
}

/* Look at every place of a bank; `record` is room for one, for the stack is short. */
static airdelta_device_status scan_bank(const struct airdelta_log *log, struct bank *bank,
                                        uint8_t *record)
{
    for (uint32_t place = 0; place < place_count(log); place++) {
        enum dv_place found = read_record(log, offset_of(log, bank->index, place), record);
        if (found == DV_PLACE_FAILED) return AIRDELTA_DEVICE_FLASH_FAILED;
        if (found == DV_PLACE_BLANK) continue;
        bank->tail = place + 1; /* RULE 2: behind the last place that is not blank */
        if (!is_whole(log, record)) continue;
        bank->generation = generation_of(log, record);
        bank->has_record = bank->generation != 0; /* a void record ends what came before it */
        bank->last_place = place;
    }
    dv_watchdog(log->port);
    return AIRDELTA_DEVICE_OK;
}

static int takes_over(const struct bank *bank, const struct bank *best)
{
    if (!bank->has_record) return 0;
    if (!best->has_record) return 1;
    if (bank->generation < best->generation) return 0; /* RULE 1 */
    return 1;
}

airdelta_device_status dv_log_find(struct airdelta_log *log, uint8_t *record)
{
    struct bank best = {.has_record = 0};
    for (uint32_t index = 0; index < bank_count(log); index++) {
        struct bank bank = {.index = index, .has_record = 0};
        airdelta_device_status status = scan_bank(log, &bank, record);
        if (status != AIRDELTA_DEVICE_OK) return status;
        if (takes_over(&bank, &best)) best = bank;
    }
    if (!best.has_record) return AIRDELTA_DEVICE_STATE_LOST;
    log->bank = best.index;
    log->tail = best.tail;
    log->generation = best.generation;
    uint32_t offset = offset_of(log, best.index, best.last_place);
    if (read_record(log, offset, record) != DV_PLACE_WRITTEN || !is_whole(log, record)) {
        return AIRDELTA_DEVICE_FLASH_FAILED; /* it was valid a moment ago */
    }
    return AIRDELTA_DEVICE_OK;
}

/* Program a record at the tail or the first place behind it that accepts it; BUSY if none does. */
static airdelta_device_status program_record(struct airdelta_log *log, const uint8_t *record)
{
    while (log->tail < place_count(log)) {
        uint32_t offset = offset_of(log, log->bank, log->tail);
        enum airdelta_flash_result result =
            dv_program(log->port, offset, record, log->record_bytes);
        log->tail++;
        if (result == AIRDELTA_FLASH_REFUSED) continue; /* RULE 2b: spent though it reads blank */
        return result == AIRDELTA_FLASH_OK ? AIRDELTA_DEVICE_OK : AIRDELTA_DEVICE_FLASH_FAILED;
    }
    return AIRDELTA_DEVICE_BUSY;
}

/* A bank may be full, or a place at its end not take what would only make it safer. */
static airdelta_device_status program_if_possible(struct airdelta_log *log, const uint8_t *record)
{
    airdelta_device_status status = program_record(log, record);
    return status == AIRDELTA_DEVICE_BUSY ? AIRDELTA_DEVICE_OK : status;
}

/* Make whatever the bank at hand holds void, also for readers that see its erase undone. */
static airdelta_device_status void_bank(struct airdelta_log *log)
{
    uint8_t record[DV_MOST_RECORD_BYTES];
    struct bank bank = {.index = log->bank, .has_record = 0};
    airdelta_device_status status = scan_bank(log, &bank, record);
    if (status != AIRDELTA_DEVICE_OK || bank.tail == 0) return status;
    log->tail = bank.tail;
    memset(record, 0, sizeof record);
    seal(log, record, 0);
    return program_if_possible(log, record);
}

static airdelta_device_status begin_bank(struct airdelta_log *log, uint8_t *record)
{
    airdelta_device_status status = AIRDELTA_DEVICE_OK;
    log->bank = (log->bank + 1u) % bank_count(log);
    status = void_bank(log); /* RULE 4: before it is erased */
    if (status != AIRDELTA_DEVICE_OK) return status;
    uint32_t offset = offset_of(log, log->bank, 0);
    status = dv_erase_range(log->port, offset, log->bank_bytes); /* RULE 3 */
    if (status != AIRDELTA_DEVICE_OK) return status;
    log->tail = 0;
    log->generation++;
    seal(log, record, log->generation);
    status = program_record(log, record);
    return status == AIRDELTA_DEVICE_BUSY ? AIRDELTA_DEVICE_FLASH_FAILED : status;
}

airdelta_device_status dv_log_append(struct airdelta_log *log, uint8_t *record)
{
    seal(log, record, log->generation);
    airdelta_device_status status = program_record(log, record);
    return status == AIRDELTA_DEVICE_BUSY ? begin_bank(log, record) : status;
}

/* Where a unit takes a second program operation, drive the place at the tail to all programmed. */
static airdelta_device_status settle_tail(struct airdelta_log *log)
{
    uint8_t record[DV_MOST_RECORD_BYTES];
    if (!log->layout->takes_reprogramming) return AIRDELTA_DEVICE_OK;
    memset(record, (uint8_t)~log->layout->erased_value, sizeof record);
    return program_if_possible(log, record);
}

airdelta_device_status dv_log_open(struct airdelta_log *log, uint8_t *record)
{
    airdelta_device_status status = dv_log_find(log, record);
    if (status == AIRDELTA_DEVICE_OK) status = settle_tail(log); /* RULE 2c */
    if (status == AIRDELTA_DEVICE_OK) status = dv_log_append(log, record); /* RULE 5 */
    return status;
}

airdelta_device_status dv_log_create(struct airdelta_log *log, uint8_t *record)
{
    airdelta_device_status status =
        dv_erase_range(log->port, log->region.offset, log->region.bytes);
    log->bank = bank_count(log) - 1u;
    log->generation = 0;
    return status == AIRDELTA_DEVICE_OK ? begin_bank(log, record) : status;
}
