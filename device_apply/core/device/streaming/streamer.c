/*
 * A payload that is decoded as it comes: one chunk is buffered, verified and used up at a time.
 *
 * 50. No byte of a payload reaches a decoder before its chunk is what was signed (50), with a hash
 *     that cannot be met on purpose (50b): here no digest of the whole payload is checked before.
 * 51. ... and no byte of a package does whose head did not pass the checks in this power cycle.
 * 55. A checkpoint is taken at the end of a sector of the slot: what was programmed behind it, by
 *     this power cycle or the one that was cut, is erased before it is programmed again (rule 12).
 *
 * What the state of a decoder means in another boot is in checkpoint.h.
 */
#include "airdelta_streaming.h"

#include <string.h>

#include "admission.h"
#include "bytes.h"
#include "checkpoint.h"
#include "chunks.h"
#include "decoding.h"
#include "download.h"
#include "flash_access.h"
#include "install.h"
#include "lifecycle.h"
#include "payload_reader.h"
#include "slot_writer.h"
#include "state_store.h"
#include "wire_numbers.h"

/* Units of decoding at a time: at most 200 bytes, so that no step programs two pieces of the slot,
 * and none goes past the end of a sector unseen. */
#define STEP_UNITS 2u
/* Steps per slice, as long as they program nothing. */
#define SLICE_STEPS 128u
/* Payload bytes handed to a decoder at a time. */
#define FEED_BYTES 64u
/* First bytes of a payload from which a decoder knows its needs (airdelta.h). */
#define NEEDS_BYTES 128u

enum phase {
    PHASE_ADMIT,  /* the head is not checked yet in this power cycle */
    PHASE_TAKE,   /* waits for the bytes of a chunk */
    PHASE_BEGIN,  /* the first chunk is there: whether the memory is enough */
    PHASE_DECODE, /* a chunk is there, and right */
    PHASE_SAVE,   /* a checkpoint */
    PHASE_END     /* nothing more is wanted */
};

static uint8_t *buffer_of(const struct airdelta_device *device)
{
    return (uint8_t *)dv_decoder_memory(device) + dv_decoder_bytes(device);
}

static uint32_t chunk_bytes(const struct airdelta_device *device)
{
    return dv_min(device->session.chunks.chunk_bytes,
                  device->session.payload_bytes - device->stream.chunk_at);
}

static uint32_t received_bytes(const struct airdelta_device *device)
{
    return device->stream.chunk_at + device->stream.buffered_bytes;
}

static airdelta_device_status enter(struct airdelta_device *device, enum phase phase)
{
    device->stream.phase = (uint8_t)phase;
    return AIRDELTA_DEVICE_BUSY;
}

/* Takes the new image, in ascending order, into the slot. */
static int write_new(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    struct airdelta_device *device = context;
    struct airdelta_install *install = &device->install;
    if (offset != install->output_bytes ||
        count > install->manifest.new_image.bytes - install->output_bytes) {
        return 1;
    }
    install->output_bytes += count;
    return dv_stage_stream(device, offset, bytes, count);
}

/* Wait for the chunk that has this byte of the payload. */
static void begin_chunk_of(struct airdelta_device *device, uint32_t payload_offset)
{
    uint32_t chunk_bytes = device->session.chunks.chunk_bytes;
    device->stream.chunk_at = payload_offset / chunk_bytes * chunk_bytes;
    device->stream.buffered_bytes = 0;
}

/* --- once in a power cycle ---------------------------------------------------------------- */

static airdelta_device_status check_head(struct airdelta_device *device)
{
    const struct airdelta_device_config *config = device->config;
    struct dv_facts facts = {config, &device->store.state, device->running_slot};
    struct airdelta_manifest *manifest = &device->install.manifest;
    if (device->session.head_bytes > config->work_bytes) return AIRDELTA_REJECTED_MEMORY;
    if (!dv_download_read_head(device, config->work)) return AIRDELTA_DEVICE_FLASH_FAILED;
    airdelta_device_status status = AIRDELTA_DEVICE_OK;
    status = dv_admit_head(&facts, config->work, device->session.head_bytes, manifest); /* RULE 51 */
    if (status != AIRDELTA_DEVICE_OK) return status;
    int is_same = memcmp(&manifest->chunks, &device->session.chunks, sizeof manifest->chunks) == 0;
    if (!is_same || manifest->payload.bytes != device->session.payload_bytes) {
        return AIRDELTA_REJECTED_PAYLOAD;
    }
    return AIRDELTA_DEVICE_OK;
}

/* Go on from the last checkpoint, or begin. */
static airdelta_device_status admit(struct airdelta_device *device)
{
    const struct airdelta_port *port = device->config->port;
    struct airdelta_install *install = &device->install;
    if (port->may_commit != NULL && !port->may_commit(port->context)) {
        return AIRDELTA_DEVICE_WAITING;
    }
    airdelta_device_status status = check_head(device);
    if (status != AIRDELTA_DEVICE_OK) return status;
    install->decoder = dv_decoder_for(device->config, install->manifest.payload_format);
    if (install->decoder->resume == NULL) return AIRDELTA_REJECTED_PAYLOAD_FORMAT;
    struct airdelta_decoder_io io = dv_decoder_io(device, write_new);
    if (!dv_checkpoint_restore(device, &io)) {
        install->position = install->erased_bytes = 0;
        install->waiting = 0;
        install->input_bytes = 0;
    }
    begin_chunk_of(device, install->input_bytes);
    return enter(device, PHASE_TAKE);
}

static airdelta_device_status begin(struct airdelta_device *device)
{
    airdelta_device_status status = dv_measure(device, write_new, buffer_of(device),
                                               dv_min(device->stream.buffered_bytes, NEEDS_BYTES));
    if (status != AIRDELTA_DEVICE_OK) return status;
    if (!dv_begin_decoding(device, write_new)) return AIRDELTA_REJECTED_REHEARSAL;
    return enter(device, PHASE_DECODE);
}

/* --- decoding ----------------------------------------------------------------------------- */

static airdelta_device_status end(struct airdelta_device *device)
{
    const struct airdelta_install *install = &device->install;
    if (dv_stage_end(device) != 0 || install->output_bytes != install->manifest.new_image.bytes ||
        install->input_bytes != dv_plain_bytes(&install->manifest)) {
        return AIRDELTA_FAILED_STAGING;
    }
    struct airdelta_state state = device->store.state;
    airdelta_device_status status = dv_advance(&state, DV_COMPLETE_PAYLOAD);
    if (status == AIRDELTA_DEVICE_OK) status = dv_store_append(&device->store, &state);
    dv_install_reset(device);
    return status == AIRDELTA_DEVICE_OK ? enter(device, PHASE_END) : status;
}

/* Hand over more of the chunk; when it is used up, the next one is wanted. */
static airdelta_device_status feed(struct airdelta_device *device)
{
    struct airdelta_stream *stream = &device->stream;
    struct airdelta_install *install = &device->install;
    uint32_t taken = 0;
    uint32_t at = install->input_bytes - stream->chunk_at;
    uint32_t left = dv_plain_bytes(&install->manifest) - install->input_bytes;
    uint32_t count = dv_min(dv_min(stream->buffered_bytes - at, left), FEED_BYTES);
    if (left == 0) return AIRDELTA_FAILED_STAGING;
    if (count == 0) {
        stream->chunk_at += stream->buffered_bytes;
        stream->buffered_bytes = 0;
        stream->chunks_since++;
        return enter(device, PHASE_TAKE);
    }
    int said = install->decoder->feed(dv_decoder_memory(device), buffer_of(device) + at, count,
                                      &taken);
    install->input_bytes += taken;
    return said < 0 ? AIRDELTA_FAILED_STAGING : AIRDELTA_DEVICE_BUSY;
}

static int is_checkpoint_due(const struct airdelta_device *device)
{
    const struct airdelta_install *install = &device->install;
    return device->stream.chunks_since >= AIRDELTA_CHUNKS_PER_CHECKPOINT &&
           install->position > 0 && install->position == install->erased_bytes; /* RULE 55 */
}

static airdelta_device_status decode(struct airdelta_device *device)
{
    struct airdelta_install *install = &device->install;
    airdelta_device_status status = AIRDELTA_DEVICE_BUSY;
    uint32_t operations = install->operations;
    dv_watchdog(device->config->port);
    for (uint32_t i = 0; i < SLICE_STEPS && status == AIRDELTA_DEVICE_BUSY &&
                         device->stream.phase == PHASE_DECODE && install->operations == operations;
         i++) {
        int said = install->decoder->step(dv_decoder_memory(device), STEP_UNITS);
        if (said == AIRDELTA_DECODE_DONE) return end(device);
        if (said == AIRDELTA_DECODE_NO_MEMORY) return AIRDELTA_REJECTED_MEMORY;
        if (said < 0) return AIRDELTA_FAILED_STAGING;
        if (said == AIRDELTA_DECODE_NEEDS_INPUT) status = feed(device);
        if (is_checkpoint_due(device)) (void)enter(device, PHASE_SAVE);
    }
    return status;
}

static airdelta_device_status save(struct airdelta_device *device)
{
    airdelta_device_status status = dv_checkpoint_save(device);
    if (status != AIRDELTA_DEVICE_OK) return status;
    device->stream.chunks_since = 0;
    return enter(device, device->stream.buffered_bytes > 0 ? PHASE_DECODE : PHASE_TAKE);
}

/* --- receiving ---------------------------------------------------------------------------- */

/* Whether the digest of the buffered chunk is the one in the head. */
static int is_right_chunk(const struct airdelta_device *device)
{
    uint32_t chunk = device->stream.chunk_at / device->session.chunks.chunk_bytes;
    uint32_t count = device->stream.buffered_bytes;
    return dv_chunk_is_signed(device, chunk, buffer_of(device), count); /* RULE 50 */
}

/* Take what a fragment has of the chunk, from where the last one ended. */
static airdelta_device_status take(struct airdelta_device *device, uint32_t index,
                                   const uint8_t *bytes, uint32_t count)
{
    struct airdelta_stream *stream = &device->stream;
    uint32_t start = index * device->session.fragment_bytes;
    uint32_t received = received_bytes(device);
    if (received >= start + count) return AIRDELTA_DEVICE_OK;
    if (received < start) return AIRDELTA_DEVICE_TOO_EARLY;
    uint32_t step = dv_min(start + count - received, chunk_bytes(device) - stream->buffered_bytes);
    memcpy(buffer_of(device) + stream->buffered_bytes, bytes + (received - start), step);
    stream->buffered_bytes += step;
    if (stream->buffered_bytes < chunk_bytes(device)) return AIRDELTA_DEVICE_OK;
    if (!is_right_chunk(device)) {
        stream->buffered_bytes = 0;
        return AIRDELTA_DEVICE_CHUNK_CORRUPT;
    }
    if (!dv_decrypt(device, stream->chunk_at, buffer_of(device), stream->buffered_bytes)) {
        return AIRDELTA_REJECTED_ENCRYPTION;
    }
    return enter(device, device->install.input_bytes == 0 ? PHASE_BEGIN : PHASE_DECODE);
}

static airdelta_device_status receive_slice(struct airdelta_device *device, uint32_t index,
                                            const uint8_t *bytes, uint32_t count)
{
    switch ((enum phase)device->stream.phase) {
    case PHASE_ADMIT: return admit(device);
    case PHASE_TAKE: return take(device, index, bytes, count);
    case PHASE_BEGIN: return begin(device);
    case PHASE_DECODE: return decode(device);
    case PHASE_SAVE: return save(device);
    case PHASE_END: break;
    }
    return AIRDELTA_DEVICE_OK;
}

static airdelta_device_status receive(struct airdelta_device *device, uint32_t index,
                                      const uint8_t *bytes, uint32_t count)
{
    const struct airdelta_port *port = device->config->port;
    uint32_t received_before = received_bytes(device);
    airdelta_device_status status = receive_slice(device, index, bytes, count);
    if (status < 0 && status != AIRDELTA_DEVICE_CHUNK_CORRUPT) {
        (void)airdelta_device_abandon(device); /* the first error is the one to tell */
        return status;
    }
    if (port->now_ms != NULL && received_bytes(device) > received_before) {
        device->session.grown_ms = port->now_ms(port->context);
    }
    return status;
}

static void resume(struct airdelta_device *device)
{
    uint32_t used_bytes = dv_checkpoint_used_bytes(device);
    begin_chunk_of(device, used_bytes < device->session.payload_bytes ? used_bytes : 0);
}

static uint32_t next_missing(const struct airdelta_device *device, uint32_t from)
{
    if (device->store.state.lifecycle != AIRDELTA_DOWNLOADING) return AIRDELTA_NONE_MISSING;
    uint32_t next = received_bytes(device) / device->session.fragment_bytes;
    if (from > next) next = from;
    return next < device->session.fragment_count ? next : AIRDELTA_NONE_MISSING;
}

/* --- what it takes ------------------------------------------------------------------------ */

static int is_possible(const struct airdelta_device_config *config)
{
    const struct airdelta_region *region = &config->layout->checkpoints;
    uint32_t bank_bytes = region->bytes / 2u;
    return config->layout->installer == NULL && bank_bytes > 0 && region->bytes % 2u == 0 &&
           config->port->sector_bytes(config->port->context, region->offset + bank_bytes) > 0;
}

static int takes(const struct airdelta_chunks *chunks)
{
    if (chunks->hash_bytes < WIRE_MAX_CHUNK_HASH_BYTES) return 0; /* RULE 50b */
    return chunks->chunk_bytes >= NEEDS_BYTES;
}

static airdelta_device_status check_room(const struct airdelta_device_config *config,
                                         const struct airdelta_session *session)
{
    uint32_t buffer_bytes = dv_download_buffer_bytes(session);
    if (buffer_bytes >= config->work_bytes) return AIRDELTA_REJECTED_MEMORY;
    uint32_t most_bytes = AIRDELTA_CHECKPOINT_BYTES + config->work_bytes - buffer_bytes;
    return most_bytes > config->layout->checkpoints.bytes / 2u ? AIRDELTA_REJECTED_SIZE
                                                               : AIRDELTA_DEVICE_OK;
}

const struct airdelta_streamer airdelta_streamer = {is_possible, takes,        check_room,
                                                    resume,      next_missing, receive};
