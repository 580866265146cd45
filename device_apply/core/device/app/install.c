#include "install.h"

#include <string.h>

#include "admission.h"
#include "airdelta_compiler.h"
#include "airdelta_keys.h"
#include "bytes.h"
#include "decoding.h"
#include "download.h"
#include "flash_access.h"
#include "lifecycle.h"
#include "slot_writer.h"
#include "state_store.h"

/* Bytes of the slot that are read back per slice. */
#define READ_BACK_BYTES 256u

enum phase {
    PHASE_ADMIT,
    PHASE_DIGEST_PAYLOAD,
    PHASE_MEASURE,
    PHASE_REHEARSE,
    PHASE_WRITE_HEAD,
    PHASE_VERIFY,
    PHASE_WAIT,
    PHASE_STAGE,
    PHASE_READ_BACK,
    PHASE_RECORD
};

static airdelta_device_status enter(struct airdelta_device *device, enum phase phase)
{
    device->install.phase = (uint8_t)phase;
    device->install.position = 0;
    device->install.has_begun = 0;
    return AIRDELTA_DEVICE_BUSY;
}

void dv_install_reset(struct airdelta_device *device)
{
    memset(&device->install, 0, sizeof device->install);
}

/* Whether the digest that was begun starts with these bytes. */
static int digest_starts_with(const struct airdelta_device *device, const uint8_t *expected,
                              uint32_t count)
{
    uint8_t digest[AIRDELTA_DIGEST_BYTES];
    device->config->port->digest_finish(device->config->port->context, digest);
    return memcmp(digest, expected, count) == 0;
}

/* Whether the digest that was begun is that of `image`. */
static int digest_matches(const struct airdelta_device *device, const struct airdelta_image *image)
{
    return digest_starts_with(device, image->digest, AIRDELTA_DIGEST_BYTES);
}

static void begin_digest(const struct airdelta_device *device)
{
    device->config->port->digest_begin(device->config->port->context);
}

static int is_encrypted(const struct airdelta_device *device)
{
    return device->install.manifest.encryption.info_bytes > 0;
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
    if (is_encrypted(device)) config->decryption->begin_tag(device);
    /* What was streamed is in the slot, and nowhere else. */
    return enter(device, device->session.is_streamed ? PHASE_READ_BACK : PHASE_DIGEST_PAYLOAD);
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
        if (is_encrypted(device)) {
            device->config->decryption->add_to_tag(device, install->position, taken);
        }
        install->position += taken;
        return AIRDELTA_DEVICE_BUSY;
    }
    /* (11): payload. */
    if (!digest_starts_with(device, install->manifest.payload.digest,
                            AIRDELTA_PAYLOAD_DIGEST_BYTES)) {
        return AIRDELTA_REJECTED_PAYLOAD;
    }
    /* (15): encryption, before a decoder gets a byte. */
    if (is_encrypted(device) && !device->config->decryption->is_tag_right(device)) {
        return AIRDELTA_REJECTED_ENCRYPTION;
    }
    return enter(device, PHASE_MEASURE);
}

/* Takes the new image in ascending order: into a digest while rehearsing, after that into the slot,
 * or into what the installer makes it from. */
static int write_new(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    struct airdelta_device *device = context;
    struct airdelta_install *install = &device->install;
    const struct airdelta_compiler *compiler = device->config->compiler;
    uint32_t new_bytes = install->manifest.new_image.bytes;
    if (offset != install->output_bytes || count > new_bytes - install->output_bytes) return 1;
    install->output_bytes += count;
    if (install->phase == PHASE_REHEARSE) {
        device->config->port->digest_update(device->config->port->context, bytes, count);
        return compiler == NULL ? 0 : compiler->see(device, offset, bytes, count);
    }
    return compiler == NULL ? dv_stage_stream(device, offset, bytes, count)
                            : compiler->compile(device, bytes, count);
}

static airdelta_device_status measure(struct airdelta_device *device)
{
    airdelta_device_status status = dv_measure_payload(device, write_new);
    if (status != AIRDELTA_DEVICE_OK) return status;
    if (device->store.state.lifecycle == AIRDELTA_VERIFIED) return enter(device, PHASE_WAIT);
    if (!dv_begin_decoding(device, write_new)) return AIRDELTA_REJECTED_REHEARSAL;
    begin_digest(device);
    if (device->config->compiler != NULL) device->config->compiler->begin(device);
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
        record->security_counter = device->install.position; /* RULE 16: no more is staged of it */
    }
    return dv_store_append(&device->store, &state);
}

static airdelta_device_status rehearse(struct airdelta_device *device)
{
    const struct airdelta_image *new_image = &device->install.manifest.new_image;
    int said = dv_decode(device);
    if (said == AIRDELTA_DECODE_NO_MEMORY) return AIRDELTA_REJECTED_MEMORY;
    if (said < 0) return AIRDELTA_REJECTED_REHEARSAL;
    if (said != AIRDELTA_DECODE_DONE) return AIRDELTA_DEVICE_BUSY;
    /* (13): rehearsal. */
    if (device->install.output_bytes != new_image->bytes || !digest_matches(device, new_image)) {
        return AIRDELTA_REJECTED_REHEARSAL;
    }
    return enter(device, device->config->compiler == NULL ? PHASE_VERIFY : PHASE_WRITE_HEAD);
}

/* The head of a program stands before what is staged of it: it is part of the same checkpoint. */
static airdelta_device_status write_head(struct airdelta_device *device)
{
    airdelta_device_status status = device->config->compiler->write_head(device);
    if (status == AIRDELTA_DEVICE_OK) {
        device->install.phase = PHASE_VERIFY;
        status = AIRDELTA_DEVICE_BUSY;
    }
    return status;
}

static airdelta_device_status verify(struct airdelta_device *device)
{
    airdelta_device_status status = state_event(device, DV_VERIFY_PAYLOAD);
    return status == AIRDELTA_DEVICE_OK ? enter(device, PHASE_WAIT) : status;
}

static airdelta_device_status wait_for_permission(struct airdelta_device *device)
{
    const struct airdelta_port *port = device->config->port;
    if (port->may_commit != NULL && !port->may_commit(port->context)) {
        return AIRDELTA_DEVICE_WAITING;
    }
    if (!dv_begin_decoding(device, write_new)) return AIRDELTA_FAILED_STAGING;
    (void)enter(device, PHASE_STAGE);
    const struct airdelta_compiler *compiler = device->config->compiler;
    if (compiler == NULL) {
        dv_stage_begin(device, 0);
    } else if (!compiler->begin_compiling(device)) {
        return AIRDELTA_FAILED_STAGING;
    }
    return AIRDELTA_DEVICE_BUSY;
}

static airdelta_device_status stage(struct airdelta_device *device)
{
    int said = dv_decode(device);
    if (said < 0) return AIRDELTA_FAILED_STAGING;
    if (said != AIRDELTA_DECODE_DONE) return AIRDELTA_DEVICE_BUSY;
    const struct airdelta_compiler *compiler = device->config->compiler;
    int has_failed = compiler == NULL ? dv_stage_end(device) : compiler->end_compiling(device);
    if (has_failed) return AIRDELTA_FAILED_STAGING;
    begin_digest(device);
    if (compiler != NULL && !compiler->begin_rehearsal(device)) return AIRDELTA_FAILED_STAGING;
    return enter(device, PHASE_READ_BACK);
}

/* Digest the next bytes of what will run: what the slot holds, or what the installer makes of it. */
static airdelta_device_status digest_staged(struct airdelta_device *device)
{
    struct airdelta_install *install = &device->install;
    if (device->config->compiler != NULL) return device->config->compiler->rehearse(device);
    uint32_t left = install->manifest.new_image.bytes - install->position;
    uint32_t step = dv_min(left, READ_BACK_BYTES);
    uint32_t offset = dv_free_slot(device)->offset + install->position;
    if (left == 0) return AIRDELTA_DEVICE_OK;
    if (!dv_digest_piece(device->config->port, offset, step)) return AIRDELTA_FAILED_STAGING;
    install->position += step;
    return AIRDELTA_DEVICE_BUSY;
}

static airdelta_device_status read_back(struct airdelta_device *device)
{
    airdelta_device_status status = digest_staged(device);
    if (status != AIRDELTA_DEVICE_OK) return status;
    /* (14): read back. */
    int is_same = digest_matches(device, &device->install.manifest.new_image);
    if (!is_same) return AIRDELTA_FAILED_STAGING; /* RULE 13 */
    return enter(device, PHASE_RECORD);
}

/* A streamed image is verified when it was read back, and not before. */
static airdelta_device_status record(struct airdelta_device *device)
{
    airdelta_device_status status = AIRDELTA_DEVICE_OK;
    if (device->store.state.lifecycle == AIRDELTA_DOWNLOADED) {
        status = state_event(device, DV_VERIFY_PAYLOAD);
    }
    return status == AIRDELTA_DEVICE_OK ? state_event(device, DV_STAGE_IMAGE) : status;
}

airdelta_device_status dv_install_slice(struct airdelta_device *device)
{
    switch ((enum phase)device->install.phase) {
    case PHASE_ADMIT: return admit(device);
    case PHASE_DIGEST_PAYLOAD: return digest_payload(device);
    case PHASE_MEASURE: return measure(device);
    case PHASE_REHEARSE: return rehearse(device);
    case PHASE_WRITE_HEAD: return write_head(device);
    case PHASE_VERIFY: return verify(device);
    case PHASE_WAIT: return wait_for_permission(device);
    case PHASE_STAGE: return stage(device);
    case PHASE_READ_BACK: return read_back(device);
    case PHASE_RECORD: return record(device);
    }
    return AIRDELTA_DEVICE_OUT_OF_ORDER;
}
