#include "install.h"

#include <string.h>

#include "admission.h"
#include "bytes.h"
#include "decoder_io.h"
#include "download.h"
#include "flash_access.h"
#include "lifecycle.h"
#include "slot_writer.h"
#include "state_store.h"

/* Units of work of a decoder per slice: of the order of one program operation. */
#define DECODE_BUDGET 256u
/* Payload bytes handed to a decoder at a time. */
#define FEED_BYTES 64u
/* First bytes of a payload from which a decoder knows its needs (airdelta.h). */
#define NEEDS_BYTES 128u
/* Bytes of the slot that are read back per slice. */
#define READ_BACK_BYTES 256u

enum phase {
    PHASE_ADMIT,
    PHASE_DIGEST_PAYLOAD,
    PHASE_MEASURE,
    PHASE_REHEARSE,
    PHASE_WAIT,
    PHASE_STAGE,
    PHASE_READ_BACK,
    PHASE_RECORD
};

static airdelta_device_status enter(struct airdelta_device *device, enum phase phase)
{
    device->install.phase = (uint8_t)phase;
    device->install.position = 0;
    return AIRDELTA_DEVICE_BUSY;
}

void dv_install_reset(struct airdelta_device *device)
{
    memset(&device->install, 0, sizeof device->install);
}

/* Whether the digest that was begun is that of `image`. */
static int digest_matches(const struct airdelta_device *device, const struct airdelta_image *image)
{
    uint8_t digest[AIRDELTA_DIGEST_BYTES];
    device->config->port->digest_finish(device->config->port->context, digest);
    return memcmp(digest, image->digest, sizeof digest) == 0;
}

static void begin_digest(const struct airdelta_device *device)
{
    device->config->port->digest_begin(device->config->port->context);
}

/* (1) to (10) again: flash may have changed between two power cycles. */
static airdelta_device_status admit(struct airdelta_device *device)
{
    const struct airdelta_device_config *config = device->config;
    struct dv_facts facts = {config, &device->store.state, device->running_slot};
    if (device->session.head_bytes > config->work_bytes) return AIRDELTA_REJECTED_MEMORY;
    if (!dv_download_read_head(device, config->work)) return AIRDELTA_DEVICE_FLASH_FAILED;
    airdelta_device_status status = dv_admit_head(&facts, config->work, device->session.head_bytes,
                                                  &device->install.manifest);
    if (status != AIRDELTA_DEVICE_OK) return status;
    if (device->install.manifest.payload.bytes != device->session.payload_bytes) {
        return AIRDELTA_REJECTED_PAYLOAD;
    }
    device->install.decoder = dv_decoder_for(config, device->install.manifest.payload_format);
    begin_digest(device);
    return enter(device, PHASE_DIGEST_PAYLOAD);
}

static airdelta_device_status digest_payload(struct airdelta_device *device)
{
    const struct airdelta_port *port = device->config->port;
    struct airdelta_install *install = &device->install;
    uint32_t left = install->manifest.payload.bytes - install->position;
    if (left > 0) {
        uint32_t taken = dv_download_read(device, install->position, device->burst,
                                          dv_min(left, AIRDELTA_MAX_FRAGMENT_BYTES));
        if (taken == 0) return AIRDELTA_REJECTED_PAYLOAD;
        port->digest_update(port->context, device->burst, taken);
        install->position += taken;
        return AIRDELTA_DEVICE_BUSY;
    }
    /* (11): payload. */
    if (!digest_matches(device, &install->manifest.payload)) return AIRDELTA_REJECTED_PAYLOAD;
    return enter(device, PHASE_MEASURE);
}

/* Takes the new image in ascending order: into a digest while rehearsing, into the slot after. */
static int write_new(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    struct airdelta_device *device = context;
    struct airdelta_install *install = &device->install;
    uint32_t new_bytes = install->manifest.new_image.bytes;
    if (offset != install->output_bytes || count > new_bytes - install->output_bytes) return 1;
    uint32_t kept = install->position - dv_min(install->position, install->output_bytes);
    install->output_bytes += count;
    if (install->phase == PHASE_REHEARSE) {
        device->config->port->digest_update(device->config->port->context, bytes, count);
        return 0;
    }
    kept = dv_min(kept, count); /* decoded again only to get behind it */
    return dv_stage_bytes(device, bytes + kept, count - kept);
}

static int begin_decoding(struct airdelta_device *device)
{
    const struct airdelta_device_config *config = device->config;
    struct airdelta_install *install = &device->install;
    struct airdelta_decoder_io io = dv_decoder_io(device, write_new);
    install->input_bytes = 0;
    install->output_bytes = 0;
    return install->decoder->begin(config->work, config->work_bytes, &io) >= 0;
}

/* Feed and run the decoder once; what it says. */
static int decode(struct airdelta_device *device)
{
    uint8_t piece[FEED_BYTES];
    struct airdelta_install *install = &device->install;
    uint32_t left = install->manifest.payload.bytes - install->input_bytes;
    uint32_t taken = 0;
    dv_watchdog(device->config->port);
    int said = install->decoder->step(device->config->work, DECODE_BUDGET);
    if (said != AIRDELTA_DECODE_NEEDS_INPUT) return said;
    uint32_t count = dv_download_read(device, install->input_bytes, piece,
                                      dv_min(left, FEED_BYTES));
    if (count == 0) return AIRDELTA_DECODE_FAILED; /* it wants more than there is */
    said = install->decoder->feed(device->config->work, piece, count, &taken);
    install->input_bytes += taken;
    return said < 0 ? said : AIRDELTA_DECODE_BUSY;
}

static airdelta_device_status measure(struct airdelta_device *device)
{
    struct airdelta_install *install = &device->install;
    uint32_t wanted = dv_min(install->manifest.payload.bytes, NEEDS_BYTES);
    while (install->position < wanted) {
        uint32_t taken = dv_download_read(device, install->position,
                                          device->burst + install->position,
                                          wanted - install->position);
        if (taken == 0) return AIRDELTA_REJECTED_PAYLOAD;
        install->position += taken;
    }
    struct airdelta_decoder_io io = dv_decoder_io(device, write_new);
    uint32_t memory_bytes = install->decoder->memory_bytes(&io, device->burst, wanted);
    if (memory_bytes == 0) return AIRDELTA_REJECTED_REHEARSAL;
    /* (12): memory. */
    if (memory_bytes > device->config->work_bytes) return AIRDELTA_REJECTED_MEMORY;
    if (device->store.state.lifecycle == AIRDELTA_VERIFIED) return enter(device, PHASE_WAIT);
    if (!begin_decoding(device)) return AIRDELTA_REJECTED_REHEARSAL;
    begin_digest(device);
    return enter(device, PHASE_REHEARSE);
}

static airdelta_device_status state_event(struct airdelta_device *device, enum dv_event event)
{
    struct airdelta_state state = device->store.state;
    airdelta_device_status status = dv_advance(&state, event);
    if (status != AIRDELTA_DEVICE_OK) return status;
    uint8_t slot = device->running_slot ^ 1u;
    struct airdelta_slot_record *record = &state.slots[slot];
    if (event == DV_STAGE_IMAGE) {
        state.trial_slot = slot;
        state.confirmed_slot = device->running_slot; /* where a damaged one was stood in for */
        record->image = device->install.manifest.new_image;
        record->security_counter = device->install.manifest.security_counter;
    } else if (record->image.bytes == 0) {
        record->security_counter = 0; /* RULE 16: nothing of this package is staged yet */
    }
    return dv_store_append(&device->store, &state);
}

static airdelta_device_status rehearse(struct airdelta_device *device)
{
    const struct airdelta_image *new_image = &device->install.manifest.new_image;
    int said = decode(device);
    if (said == AIRDELTA_DECODE_NO_MEMORY) return AIRDELTA_REJECTED_MEMORY;
    if (said < 0) return AIRDELTA_REJECTED_REHEARSAL;
    if (said != AIRDELTA_DECODE_DONE) return AIRDELTA_DEVICE_BUSY;
    /* (13): rehearsal. */
    if (device->install.output_bytes != new_image->bytes || !digest_matches(device, new_image)) {
        return AIRDELTA_REJECTED_REHEARSAL;
    }
    airdelta_device_status status = state_event(device, DV_VERIFY_PAYLOAD);
    return status == AIRDELTA_DEVICE_OK ? enter(device, PHASE_WAIT) : status;
}

static airdelta_device_status wait_for_permission(struct airdelta_device *device)
{
    const struct airdelta_port *port = device->config->port;
    if (port->may_commit != NULL && !port->may_commit(port->context)) {
        return AIRDELTA_DEVICE_WAITING;
    }
    if (!begin_decoding(device)) return AIRDELTA_FAILED_STAGING;
    (void)enter(device, PHASE_STAGE);
    dv_stage_begin(device);
    return AIRDELTA_DEVICE_BUSY;
}

static airdelta_device_status stage(struct airdelta_device *device)
{
    int said = decode(device);
    if (said < 0) return AIRDELTA_FAILED_STAGING;
    if (said != AIRDELTA_DECODE_DONE) return AIRDELTA_DEVICE_BUSY;
    if (dv_stage_end(device) != 0) return AIRDELTA_FAILED_STAGING;
    begin_digest(device);
    return enter(device, PHASE_READ_BACK);
}

static airdelta_device_status read_back(struct airdelta_device *device)
{
    struct airdelta_install *install = &device->install;
    uint32_t left = install->manifest.new_image.bytes - install->position;
    if (left > 0) {
        uint32_t step = dv_min(left, READ_BACK_BYTES);
        uint32_t offset = dv_free_slot(device)->offset + install->position;
        if (!dv_digest_piece(device->config->port, offset, step)) return AIRDELTA_FAILED_STAGING;
        install->position += step;
        return AIRDELTA_DEVICE_BUSY;
    }
    /* (14): read back. */
    int is_same = digest_matches(device, &install->manifest.new_image);
    if (!is_same) return AIRDELTA_FAILED_STAGING; /* RULE 13 */
    return enter(device, PHASE_RECORD);
}

airdelta_device_status dv_install_slice(struct airdelta_device *device)
{
    switch ((enum phase)device->install.phase) {
    case PHASE_ADMIT: return admit(device);
    case PHASE_DIGEST_PAYLOAD: return digest_payload(device);
    case PHASE_MEASURE: return measure(device);
    case PHASE_REHEARSE: return rehearse(device);
    case PHASE_WAIT: return wait_for_permission(device);
    case PHASE_STAGE: return stage(device);
    case PHASE_READ_BACK: return read_back(device);
    case PHASE_RECORD: return state_event(device, DV_STAGE_IMAGE);
    }
    return AIRDELTA_DEVICE_OUT_OF_ORDER;
}
