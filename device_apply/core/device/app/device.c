/* The application's part: what each call may do in which state, see airdelta_device.h. */
#include "airdelta_device.h"

#include <string.h>

#include "admission.h"
#include "airdelta_streaming.h"
#include "bytes.h"
#include "download.h"
#include "flash_access.h"
#include "install.h"
#include "layout.h"
#include "lifecycle.h"
#include "state_store.h"
#include "wire_numbers.h"

static airdelta_device_status advance(struct airdelta_device *device, enum dv_event event)
{
    struct airdelta_state state = device->store.state;
    airdelta_device_status status = dv_advance(&state, event);
    return status == AIRDELTA_DEVICE_OK ? dv_store_append(&device->store, &state) : status;
}

/* Whether the download area belongs to the package being handled. */
static int has_session(const struct airdelta_device *device)
{
    uint8_t lifecycle = device->store.state.lifecycle;
    return lifecycle == AIRDELTA_DOWNLOADING || lifecycle == AIRDELTA_DOWNLOADED ||
           lifecycle == AIRDELTA_VERIFIED;
}

/* A streamed payload has arrived when the state says so: nothing of it is stored. */
static int is_complete(const struct airdelta_device *device)
{
    const struct airdelta_session *session = &device->session;
    if (session->is_streamed) return device->store.state.lifecycle != AIRDELTA_DOWNLOADING;
    return session->stored_count == session->fragment_count && session->wrong_chunks == 0;
}

static void note_growth(struct airdelta_device *device)
{
    const struct airdelta_port *port = device->config->port;
    if (port->now_ms != NULL) device->session.grown_ms = port->now_ms(port->context);
}

airdelta_device_status airdelta_device_abandon(struct airdelta_device *device)
{
    memset(&device->session, 0, sizeof device->session);
    memset(&device->stream, 0, sizeof device->stream);
    dv_install_reset(device);
    if (!has_session(device) && device->store.state.lifecycle != AIRDELTA_STAGED) {
        return AIRDELTA_DEVICE_OK;
    }
    return advance(device, DV_ABANDON);
}

/* Hold what the state says against what the area holds; a cut may have come between the two. */
static airdelta_device_status resume(struct airdelta_device *device)
{
    if (!has_session(device)) return AIRDELTA_DEVICE_OK;
    airdelta_device_status status = dv_download_resume(device);
    if (status != AIRDELTA_DEVICE_OK) return status;
    if (!device->session.is_open) return airdelta_device_abandon(device);
    note_growth(device);
    int is_whole = is_complete(device);
    int was_whole = device->store.state.lifecycle != AIRDELTA_DOWNLOADING;
    if (is_whole && !was_whole) return advance(device, DV_COMPLETE_PAYLOAD);
    if (!is_whole && was_whole) return advance(device, DV_LOSE_FRAGMENT);
    return AIRDELTA_DEVICE_OK;
}

airdelta_device_status airdelta_device_start(struct airdelta_device *device,
                                             const struct airdelta_device_config *config,
                                             uint8_t running_slot)
{
    memset(device, 0, sizeof *device);
    device->config = config;
    device->running_slot = running_slot;
    if (running_slot > 1 || (uintptr_t)config->work % DV_WORK_ALIGNMENT != 0 ||
        !dv_is_possible_layout(config->port, config->layout) ||
        (config->streamer != NULL && !config->streamer->is_possible(config))) {
        return AIRDELTA_DEVICE_BAD_ARGUMENT;
    }
    airdelta_device_status status = dv_store_find(&device->store, config->port, config->layout);
    return status == AIRDELTA_DEVICE_OK ? resume(device) : status;
}

/* Go on preparing the area; when that is done, the state says that there is a download. */
static airdelta_device_status prepare(struct airdelta_device *device, const uint8_t *head)
{
    airdelta_device_status status = dv_download_prepare_slice(device, head);
    if (status != AIRDELTA_DEVICE_OK) return status;
    struct airdelta_state state = device->store.state;
    status = dv_advance(&state, DV_OPEN_SESSION);
    if (status != AIRDELTA_DEVICE_OK) return status;
    memcpy(state.package_digest, device->session.package_digest, AIRDELTA_DIGEST_BYTES);
    if (device->config->layout->installer != NULL || device->session.is_streamed) {
        struct airdelta_slot_record *staged = &state.slots[device->running_slot ^ 1u];
        memset(staged, 0, sizeof *staged); /* RULE 16b: nor of another package */
    }
    status = dv_store_append(&device->store, &state);
    if (status != AIRDELTA_DEVICE_OK) return status;
    device->session.is_preparing = 0;
    device->session.is_open = 1;
    note_growth(device);
    return AIRDELTA_DEVICE_OK;
}

/* Check a head that is neither staged nor prepared for, and begin to make room for its payload. */
static airdelta_device_status admit(struct airdelta_device *device, const uint8_t *head,
                                    uint32_t head_bytes, uint32_t fragment_bytes,
                                    const uint8_t digest[AIRDELTA_DIGEST_BYTES])
{
    struct airdelta_manifest manifest;
    const struct airdelta_device_config *config = device->config;
    struct dv_facts facts = {config, &device->store.state, device->running_slot};
    airdelta_device_status status = dv_admit_head(&facts, head, head_bytes, &manifest);
    if (status != AIRDELTA_DEVICE_OK) return status;
    if (head_bytes > config->work_bytes) return AIRDELTA_REJECTED_MEMORY;
    struct airdelta_session session = {
        .head_bytes = (uint16_t)head_bytes,
        .fragment_bytes = (uint16_t)dv_min(fragment_bytes, UINT16_MAX),
        .payload_bytes = manifest.payload.bytes,
        .chunks = manifest.chunks,
    };
    status = dv_download_plan(config, &session);
    if (status != AIRDELTA_DEVICE_OK) return status;
    if (device->session.is_open && device->session.fragment_bytes == fragment_bytes &&
        memcmp(digest, device->store.state.package_digest, AIRDELTA_DIGEST_BYTES) == 0) {
        return AIRDELTA_DEVICE_OK;
    }
    status = airdelta_device_abandon(device); /* RULE 11: before its area is erased */
    if (status != AIRDELTA_DEVICE_OK) return status;
    dv_download_prepare(device, &session, digest);
    return AIRDELTA_DEVICE_BUSY;
}

airdelta_device_status airdelta_device_offer(struct airdelta_device *device, const uint8_t *head,
                                             uint32_t head_bytes, uint32_t fragment_bytes)
{
    uint8_t digest[AIRDELTA_DIGEST_BYTES];
    const struct airdelta_port *port = device->config->port;
    const struct airdelta_state *state = &device->store.state;
    const struct airdelta_session *session = &device->session;
    if (head_bytes > WIRE_MAX_HEAD_BYTES) return AIRDELTA_REJECTED_FORMAT;
    port->digest_begin(port->context);
    port->digest_update(port->context, head, head_bytes);
    port->digest_finish(port->context, digest);
    int is_known = memcmp(digest, state->package_digest, sizeof digest) == 0;
    if (state->lifecycle == AIRDELTA_STAGED && is_known) return AIRDELTA_DEVICE_OK;
    if (state->lifecycle == AIRDELTA_TRIAL) {
        return is_known ? AIRDELTA_DEVICE_OK : AIRDELTA_DEVICE_ON_TRIAL;
    }
    if (session->is_preparing && session->fragment_bytes == fragment_bytes &&
        memcmp(digest, session->package_digest, sizeof digest) == 0) {
        return prepare(device, head); /* this very head was admitted in this power cycle */
    }
    return admit(device, head, head_bytes, fragment_bytes, digest);
}

uint32_t airdelta_device_next_missing(const struct airdelta_device *device, uint32_t from)
{
    if (!device->session.is_open) return AIRDELTA_NONE_MISSING;
    if (device->session.is_streamed) return device->config->streamer->next_missing(device, from);
    for (uint32_t index = from; index < device->session.fragment_count; index++) {
        if (dv_download_wants(device, index)) return index;
    }
    return AIRDELTA_NONE_MISSING;
}

airdelta_device_status airdelta_device_receive(struct airdelta_device *device, uint32_t index,
                                               const uint8_t *bytes, uint32_t count)
{
    struct airdelta_session *session = &device->session;
    if (!session->is_open) return AIRDELTA_DEVICE_OUT_OF_ORDER;
    if (index >= session->fragment_count ||
        count != dv_download_fragment_bytes(session, index)) {
        return AIRDELTA_DEVICE_BAD_ARGUMENT;
    }
    if (device->store.state.lifecycle != AIRDELTA_DOWNLOADING) return AIRDELTA_DEVICE_OK;
    if (session->is_streamed) return device->config->streamer->receive(device, index, bytes, count);
    uint32_t stored_before = session->stored_count;
    airdelta_device_status status = dv_download_store(device, index, bytes);
    if (status == AIRDELTA_DEVICE_STORAGE_SPENT) (void)airdelta_device_abandon(device);
    if (status != AIRDELTA_DEVICE_OK) return status;
    if (session->stored_count > stored_before) note_growth(device);
    return is_complete(device) ? advance(device, DV_COMPLETE_PAYLOAD) : AIRDELTA_DEVICE_OK;
}

int airdelta_device_is_stalled(const struct airdelta_device *device)
{
    const struct airdelta_port *port = device->config->port;
    if (port->now_ms == NULL || device->store.state.lifecycle != AIRDELTA_DOWNLOADING) return 0;
    return port->now_ms(port->context) - device->session.grown_ms >= device->config->stall_ms;
}

airdelta_device_status airdelta_device_install(struct airdelta_device *device)
{
    uint8_t lifecycle = device->store.state.lifecycle;
    if (!device->session.is_open ||
        (lifecycle != AIRDELTA_DOWNLOADED && lifecycle != AIRDELTA_VERIFIED)) {
        return AIRDELTA_DEVICE_OUT_OF_ORDER;
    }
    airdelta_device_status status = dv_install_slice(device);
    if (status == AIRDELTA_DEVICE_OK) device->session.is_open = 0;
    if (status < 0) (void)airdelta_device_abandon(device); /* the first error is the one to tell */
    return status;
}

airdelta_device_status airdelta_device_confirm(struct airdelta_device *device)
{
    struct airdelta_state state = device->store.state;
    uint8_t slot = device->running_slot;
    uint32_t counter = state.slots[slot].security_counter;
    if (state.lifecycle == AIRDELTA_CONFIRMED) return AIRDELTA_DEVICE_OK;
    if (slot != state.trial_slot) return AIRDELTA_DEVICE_OUT_OF_ORDER;
    airdelta_device_status status = dv_advance(&state, DV_CONFIRM);
    if (status != AIRDELTA_DEVICE_OK) return status;
    state.confirmed_slot = slot;
    state.security_counter = counter; /* RULE 15: lower only where the vendor authorised it */
    return dv_store_append(&device->store, &state);
}

const struct airdelta_state *airdelta_device_state(const struct airdelta_device *device)
{
    return &device->store.state;
}
