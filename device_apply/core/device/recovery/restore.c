/*
 * 34. What worked last decides what is too old, whatever else the vendor authorised.
 */
#include "airdelta_recovery.h"

#include <string.h>

#include "admission.h"
#include "bytes.h"
#include "cbor_reader.h"
#include "flash_access.h"
#include "layout.h"
#include "state_store.h"
#include "wire_numbers.h"

#define ENVELOPE_PAIRS 3u
#define ROLLBACK_PAIRS 4u /* with an authorisation that does not count here */
/* Stack for what a source hands out. */
#define SOURCE_PIECE_BYTES 64u

airdelta_device_status airdelta_recovery_open(struct airdelta_recovery *recovery,
                                              const struct airdelta_device_config *config,
                                              uint32_t least_security_counter)
{
    struct airdelta_store store;
    memset(recovery, 0, sizeof *recovery);
    if (!dv_is_possible_layout(config->port, config->layout)) return AIRDELTA_DEVICE_BAD_ARGUMENT;
    recovery->config = *config;
    recovery->config.decoder_count = 0; /* there is no base that a patch could be for */
    recovery->config.decryption = NULL; /* what recovers a device is not encrypted */
    airdelta_device_status status = dv_store_find(&store, config->port, config->layout);
    if (status == AIRDELTA_DEVICE_OK) recovery->state = store.state;
    if (recovery->state.security_counter < least_security_counter) {
        recovery->state.security_counter = least_security_counter;
    }
    return status == AIRDELTA_DEVICE_STATE_LOST ? AIRDELTA_DEVICE_OK : status;
}

airdelta_device_status airdelta_recovery_begin(struct airdelta_recovery *recovery,
                                               uint32_t package_bytes)
{
    recovery->package_bytes = package_bytes;
    recovery->received_bytes = 0;
    recovery->head_bytes = 0;
    recovery->programmed_bytes = 0;
    recovery->erased_bytes = 0;
    recovery->waiting_bytes = 0;
    return AIRDELTA_DEVICE_OK;
}

/* How long the head is whose beginning is here, 0 if that cannot be told yet: everything up to the
 * first byte of an integrated payload. */
static uint32_t head_length(const uint8_t *bytes, uint32_t count)
{
    struct dv_reader reader = dv_reader_over(bytes, count);
    dv_read_tag(&reader, WIRE_TAG_ENVELOPE);
    uint32_t pairs = dv_read_map(&reader);
    dv_require(&reader, pairs == ENVELOPE_PAIRS || pairs == ROLLBACK_PAIRS);
    dv_read_literal(&reader, WIRE_ENVELOPE_KEY_AUTHENTICATION);
    (void)dv_read_byte_string(&reader);
    dv_read_literal(&reader, WIRE_ENVELOPE_KEY_MANIFEST);
    (void)dv_read_byte_string(&reader);
    if (pairs == ROLLBACK_PAIRS) {
        (void)dv_read_text(&reader, WIRE_MAX_URI_BYTES);
        (void)dv_read_byte_string(&reader);
    }
    (void)dv_read_text(&reader, WIRE_MAX_URI_BYTES);
    (void)dv_read_byte_string_length(&reader);
    return reader.is_malformed ? 0 : reader.position;
}

/* Check the head for one slot. */
static airdelta_device_status admit_to(struct airdelta_recovery *recovery, uint8_t slot,
                                       uint32_t head_bytes)
{
    struct dv_facts facts = {&recovery->config, &recovery->state, slot ^ 1u};
    recovery->slot = slot;
    return dv_admit_head(&facts, recovery->config.work, head_bytes, &recovery->manifest);
}

/* A slot whose image may still run is filled only if the new image is linked for it. */
static uint8_t first_choice(const struct airdelta_recovery *recovery)
{
    const struct airdelta_layout *layout = recovery->config.layout;
    const struct airdelta_image *image = &recovery->state.slots[0].image;
    if (layout->installer != NULL) return 0;
    return dv_may_run(recovery->config.port, &layout->slots[0], image) ? 1 : 0;
}

static airdelta_device_status admit(struct airdelta_recovery *recovery, uint32_t head_bytes)
{
    uint8_t slot = first_choice(recovery);
    airdelta_device_status status = admit_to(recovery, slot, head_bytes);
    if (status == AIRDELTA_REJECTED_SLOT) status = admit_to(recovery, slot ^ 1u, head_bytes);
    if (status != AIRDELTA_DEVICE_OK) return status;
    uint32_t counter = recovery->manifest.security_counter;
    if (counter < recovery->state.security_counter) {
        return AIRDELTA_REJECTED_SECURITY_COUNTER; /* RULE 34 */
    }
    if (recovery->package_bytes != head_bytes + recovery->manifest.payload.bytes) {
        return AIRDELTA_REJECTED_SIZE;
    }
    recovery->head_bytes = head_bytes;
    return AIRDELTA_DEVICE_OK;
}

/* Take bytes of the head; how many of them belong to it. */
static airdelta_device_status take_head(struct airdelta_recovery *recovery, const uint8_t *bytes,
                                        uint32_t count, uint32_t *taken)
{
    uint8_t *head = recovery->config.work;
    uint32_t before = recovery->received_bytes;
    uint32_t room = dv_min(recovery->config.work_bytes, WIRE_MAX_HEAD_BYTES) - before;
    uint32_t step = dv_min(count, room);
    memcpy(head + before, bytes, step);
    uint32_t head_bytes = head_length(head, before + step);
    *taken = step;
    if (head_bytes == 0) return step == count ? AIRDELTA_DEVICE_OK : AIRDELTA_REJECTED_FORMAT;
    *taken = head_bytes - before;
    return admit(recovery, head_bytes);
}

static airdelta_device_status program_burst(struct airdelta_recovery *recovery)
{
    const struct airdelta_port *port = recovery->config.port;
    const struct airdelta_layout *layout = recovery->config.layout;
    uint32_t start = layout->slots[recovery->slot].offset;
    uint32_t offset = start + recovery->programmed_bytes;
    uint32_t waiting = recovery->waiting_bytes;
    uint32_t count = dv_round_up(waiting, layout->write_unit_bytes);
    while (recovery->erased_bytes < recovery->programmed_bytes + count) {
        uint32_t sector = start + recovery->erased_bytes;
        uint32_t sector_bytes = port->sector_bytes(port->context, sector);
        airdelta_device_status status = dv_erase_range(port, sector, sector_bytes);
        if (sector_bytes == 0 || status != AIRDELTA_DEVICE_OK) return AIRDELTA_DEVICE_FLASH_FAILED;
        recovery->erased_bytes += sector_bytes;
    }
    memset(recovery->burst + waiting, layout->erased_value, count - waiting);
    if (dv_program(port, offset, recovery->burst, count) != AIRDELTA_FLASH_OK) {
        return AIRDELTA_DEVICE_FLASH_FAILED;
    }
    recovery->programmed_bytes += count;
    recovery->waiting_bytes = 0;
    return AIRDELTA_DEVICE_OK;
}

static airdelta_device_status take_image(struct airdelta_recovery *recovery, const uint8_t *bytes,
                                         uint32_t count)
{
    while (count > 0) {
        uint32_t room = (uint32_t)sizeof recovery->burst - recovery->waiting_bytes;
        uint32_t step = dv_min(count, room);
        memcpy(recovery->burst + recovery->waiting_bytes, bytes, step);
        recovery->waiting_bytes += step;
        bytes += step;
        count -= step;
        if (recovery->waiting_bytes < sizeof recovery->burst) continue;
        airdelta_device_status status = program_burst(recovery);
        if (status != AIRDELTA_DEVICE_OK) return status;
    }
    return AIRDELTA_DEVICE_OK;
}

/* Provisioning looks at the digest of what is in the slot, and at the security counter again. */
static airdelta_device_status finish(struct airdelta_recovery *recovery)
{
    const struct airdelta_device_config *config = &recovery->config;
    struct airdelta_slot_record record = {recovery->manifest.new_image,
                                          recovery->manifest.security_counter};
    if (recovery->waiting_bytes > 0) {
        airdelta_device_status status = program_burst(recovery);
        if (status != AIRDELTA_DEVICE_OK) return status;
    }
    airdelta_device_status status =
        airdelta_provision(config->port, config->layout, recovery->slot, &record);
    return status == AIRDELTA_DEVICE_NOTHING_BOOTS ? AIRDELTA_REJECTED_PAYLOAD : status;
}

airdelta_device_status airdelta_recovery_take(struct airdelta_recovery *recovery,
                                              const uint8_t *bytes, uint32_t count)
{
    airdelta_device_status status = AIRDELTA_DEVICE_OK;
    uint32_t taken = 0;
    if (count > recovery->package_bytes - recovery->received_bytes) return AIRDELTA_REJECTED_SIZE;
    if (recovery->head_bytes == 0) status = take_head(recovery, bytes, count, &taken);
    if (status == AIRDELTA_DEVICE_OK) {
        status = take_image(recovery, bytes + taken, count - taken);
    }
    if (status != AIRDELTA_DEVICE_OK) {
        (void)airdelta_recovery_begin(recovery, 0);
        return status;
    }
    recovery->received_bytes += count;
    if (recovery->received_bytes < recovery->package_bytes) return AIRDELTA_DEVICE_OK;
    return recovery->head_bytes == 0 ? AIRDELTA_REJECTED_FORMAT : finish(recovery);
}

airdelta_device_status airdelta_recover(struct airdelta_recovery *recovery,
                                        const struct airdelta_image_source *source)
{
    uint8_t piece[SOURCE_PIECE_BYTES];
    while (recovery->received_bytes < recovery->package_bytes) {
        uint32_t left = recovery->package_bytes - recovery->received_bytes;
        uint32_t count = source->read(source->context, piece, dv_min(left, sizeof piece));
        if (count == 0) return AIRDELTA_DEVICE_WAITING;
        dv_watchdog(recovery->config.port);
        airdelta_device_status status = airdelta_recovery_take(recovery, piece, count);
        if (status != AIRDELTA_DEVICE_OK) return status;
    }
    return AIRDELTA_DEVICE_OK;
}
