/* Parts of the device that can be looked at alone. */
#include <string.h>

#include "admission.h"
#include "cbor_reader.h"
#include "encryption_info.h"
#include "lifecycle.h"
#include "manifest.h"
#include "rig.h"
#include "state_store.h"

#define LOG_FAILED (-100)

static int is_encryption_read(const uint8_t *bytes, struct airdelta_manifest *manifest)
{
    struct airdelta_encryption *encryption = &manifest->encryption;
    struct dv_reader info = dv_reader_over(bytes + encryption->info_at, encryption->info_bytes);
    struct dv_reader recipients;
    uint32_t count = 0;
    return dv_encryption_read(&info, encryption, &recipients, &count) &&
           (encryption->cipher != AIRDELTA_A128GCM ||
            manifest->payload.bytes >= AIRDELTA_CIPHER_TAG_BYTES);
}

int bench_read_manifest(const uint8_t *bytes, uint32_t count, const uint8_t *running_digest,
                        struct airdelta_manifest *manifest)
{
    int is_integrated = 0;
    struct dv_reader reader = dv_reader_over(bytes, count);
    return dv_manifest_read(&reader, running_digest, manifest, &is_integrated) &&
           (manifest->encryption.info_bytes == 0 || is_encryption_read(bytes, manifest));
}

int bench_admit(struct bench *bench, const uint8_t *head, uint32_t head_bytes)
{
    struct airdelta_manifest manifest;
    struct dv_facts facts = {&bench->config, &bench->device.store.state, bench->report.slot};
    return GUARDED(bench, dv_admit_head(&facts, head, head_bytes, &manifest));
}

uint8_t bench_next_lifecycle(uint8_t lifecycle, uint32_t event)
{
    return dv_next_lifecycle(lifecycle, (enum dv_event)event);
}

void bench_sha256(const uint8_t *bytes, uint32_t count, uint32_t step, uint8_t *digest)
{
    struct airdelta_sha256 state;
    airdelta_sha256_begin(&state);
    while (count > 0) {
        uint32_t piece = step < count ? step : count;
        airdelta_sha256_update(&state, bytes, piece);
        bytes += piece;
        count -= piece;
    }
    airdelta_sha256_finish(&state, digest);
}

uint32_t bench_device_bytes(void)
{
    return (uint32_t)sizeof(struct airdelta_device);
}

int bench_log_create(struct bench *bench, uint32_t value)
{
    struct airdelta_state state;
    memset(&state, 0, sizeof state);
    state.trial_slot = AIRDELTA_NO_SLOT;
    state.security_counter = value;
    int found = GUARDED(bench, dv_store_find(&bench->device.store, &bench->port, &bench->layout));
    if (found == BENCH_POWER_LOST) return found;
    return GUARDED(bench, dv_store_create(&bench->device.store, &state));
}

int64_t bench_log_open(struct bench *bench)
{
    flash_model_power_on(bench->flash);
    int status = GUARDED(bench, dv_store_open(&bench->device.store, &bench->port, &bench->layout));
    if (status == BENCH_POWER_LOST) return -BENCH_POWER_LOST;
    if (status != AIRDELTA_DEVICE_OK) return LOG_FAILED + (int64_t)status;
    return bench->device.store.state.security_counter;
}

int bench_log_append(struct bench *bench, uint32_t value)
{
    struct airdelta_state state = bench->device.store.state;
    state.security_counter = value;
    return GUARDED(bench, dv_store_append(&bench->device.store, &state));
}
