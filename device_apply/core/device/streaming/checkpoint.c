#include "checkpoint.h"

#include <string.h>

#include "airdelta_streaming.h"
#include "bytes.h"
#include "decoding.h"
#include "flash_access.h"
#include "slot_writer.h"
#include "state_store.h"

/* Where the parts of a checkpoint begin; all are whole units on every part. */
#define USED_AT 8u
#define WAITING_AT 32u
#define STATE_AT AIRDELTA_CHECKPOINT_BYTES
#define PIECE_BYTES 256u
#define LARGEST_UNIT_BYTES 32u

static struct airdelta_slot_record *record_of(struct airdelta_device *device,
                                              struct airdelta_state *state)
{
    return &state->slots[device->running_slot ^ 1u];
}

/* The number of the checkpoint that the state names; 0: none. */
static uint32_t named_number(struct airdelta_device *device)
{
    const struct airdelta_slot_record *record = record_of(device, &device->store.state);
    return record->image.bytes == 0 ? record->security_counter : 0;
}

static uint32_t bank_of(const struct airdelta_device *device, uint32_t number)
{
    const struct airdelta_region *region = &device->config->layout->checkpoints;
    return region->offset + (number & 1u) * (region->bytes / 2u); /* RULE 54 */
}

static uint32_t total_bytes(uint32_t state_bytes)
{
    return dv_round_up(STATE_AT + state_bytes, LARGEST_UNIT_BYTES);
}

static int digest_bank(const struct airdelta_device *device, uint32_t bank, uint32_t state_bytes,
                       uint8_t digest[AIRDELTA_DIGEST_BYTES])
{
    const struct airdelta_port *port = device->config->port;
    uint32_t total = total_bytes(state_bytes);
    port->digest_begin(port->context);
    for (uint32_t at = 0; at < total; at += PIECE_BYTES) {
        if (!dv_digest_piece(port, bank + at, dv_min(total - at, PIECE_BYTES))) return 0;
    }
    port->digest_finish(port->context, digest);
    return 1;
}

/* --- saving ------------------------------------------------------------------------------- */

static airdelta_device_status erase_next(struct airdelta_device *device, uint32_t bank)
{
    const struct airdelta_port *port = device->config->port;
    uint32_t offset = bank + device->stream.erased_bytes;
    uint32_t sector_bytes = port->sector_bytes(port->context, offset);
    airdelta_device_status status = AIRDELTA_DEVICE_OK;
    status = dv_erase_range(port, offset, sector_bytes); /* RULE 53 */
    if (status != AIRDELTA_DEVICE_OK) return status;
    device->stream.erased_bytes += sector_bytes;
    return AIRDELTA_DEVICE_BUSY;
}

static void encode_head(const struct airdelta_device *device, uint32_t state_bytes,
                        uint8_t head[WAITING_AT])
{
    const struct airdelta_install *install = &device->install;
    memset(head, 0, WAITING_AT);
    dv_put_u32(head, install->position);
    dv_put_u32(head + 4, install->waiting);
    dv_put_u32(head + USED_AT, install->input_bytes);
    dv_put_u32(head + 12, state_bytes);
}

static airdelta_device_status program_next(struct airdelta_device *device, uint32_t bank,
                                           uint32_t state_bytes)
{
    uint8_t head[WAITING_AT];
    struct airdelta_stream *stream = &device->stream;
    const uint8_t *bytes = head;
    uint32_t count = sizeof head;
    if (stream->saved_bytes == 0) {
        encode_head(device, state_bytes, head);
    } else if (stream->saved_bytes == WAITING_AT) {
        bytes = device->burst;
        count = STATE_AT - WAITING_AT;
    } else {
        /* The bytes that fill up the last unit are the work memory's, too. */
        bytes = (const uint8_t *)dv_decoder_memory(device) + (stream->saved_bytes - STATE_AT);
        count = dv_min(total_bytes(state_bytes) - stream->saved_bytes, PIECE_BYTES);
    }
    if (dv_program(device->config->port, bank + stream->saved_bytes, bytes, count) !=
        AIRDELTA_FLASH_OK) {
        return AIRDELTA_DEVICE_FLASH_FAILED;
    }
    stream->saved_bytes += count;
    return AIRDELTA_DEVICE_BUSY;
}

static airdelta_device_status state_number(struct airdelta_device *device, uint32_t number,
                                           uint32_t bank, uint32_t state_bytes)
{
    struct airdelta_state state = device->store.state;
    struct airdelta_slot_record *record = record_of(device, &state);
    record->image.bytes = 0;
    record->security_counter = number;
    if (!digest_bank(device, bank, state_bytes, record->image.digest)) {
        return AIRDELTA_DEVICE_FLASH_FAILED;
    }
    return dv_store_append(&device->store, &state);
}

airdelta_device_status dv_checkpoint_save(struct airdelta_device *device)
{
    struct airdelta_stream *stream = &device->stream;
    uint32_t number = named_number(device) + 1u;
    uint32_t bank = bank_of(device, number);
    uint32_t state_bytes = device->install.decoder->state_bytes(dv_decoder_memory(device));
    uint32_t total = total_bytes(state_bytes);
    if (stream->erased_bytes < total) return erase_next(device, bank);
    if (stream->saved_bytes < total) return program_next(device, bank, state_bytes);
    stream->erased_bytes = 0;
    stream->saved_bytes = 0;
    return state_number(device, number, bank, state_bytes); /* RULE 52 */
}

/* --- restoring ---------------------------------------------------------------------------- */

static int read_bank(const struct airdelta_device *device, uint32_t offset, uint8_t *bytes,
                     uint32_t count)
{
    const struct airdelta_port *port = device->config->port;
    for (uint32_t at = 0; at < count; at += PIECE_BYTES) {
        dv_watchdog(port);
        if (port->read(port->context, offset + at, bytes + at,
                       dv_min(count - at, PIECE_BYTES)) != AIRDELTA_FLASH_OK) {
            return 0;
        }
    }
    return 1;
}

uint32_t dv_checkpoint_used_bytes(struct airdelta_device *device)
{
    uint8_t head[WAITING_AT];
    uint32_t number = named_number(device);
    if (number == 0 || !read_bank(device, bank_of(device, number), head, sizeof head)) return 0;
    return dv_get_u32(head + USED_AT);
}

static int is_named(struct airdelta_device *device, uint32_t bank, uint32_t state_bytes)
{
    uint8_t digest[AIRDELTA_DIGEST_BYTES];
    const struct airdelta_slot_record *record = record_of(device, &device->store.state);
    if (!digest_bank(device, bank, state_bytes, digest)) return 0;
    return memcmp(digest, record->image.digest, sizeof digest) == 0; /* RULE 52b */
}

int dv_checkpoint_restore(struct airdelta_device *device, const struct airdelta_decoder_io *io)
{
    uint8_t head[WAITING_AT];
    uint32_t number = named_number(device);
    uint32_t bank = bank_of(device, number);
    struct airdelta_install *install = &device->install;
    if (number == 0 || !read_bank(device, bank, head, sizeof head)) return 0;
    uint32_t waiting = dv_get_u32(head + 4);
    uint32_t state_bytes = dv_get_u32(head + 12);
    if (waiting > sizeof device->burst || state_bytes > dv_decoder_bytes(device) ||
        !is_named(device, bank, state_bytes)) {
        return 0;
    }
    if (!read_bank(device, bank + WAITING_AT, device->burst, waiting) ||
        !read_bank(device, bank + STATE_AT, dv_decoder_memory(device), state_bytes)) {
        return 0;
    }
    install->position = dv_get_u32(head);
    install->erased_bytes = install->position;
    install->waiting = (uint16_t)waiting;
    install->input_bytes = dv_get_u32(head + USED_AT);
    install->output_bytes = install->position + waiting;
    return install->decoder->resume(dv_decoder_memory(device), io) >= 0;
}
