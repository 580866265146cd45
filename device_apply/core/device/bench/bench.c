#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "airdelta_compiler.h"
#include "airdelta_installer.h"
#include "airdelta_patch_decoder.h"
#include "airdelta_streaming.h"
#include "rig.h"

/* What counts as no growth for a minute. */
#define STALL_MS 60000u

static const struct airdelta_decoder *const DECODERS[] = {&airdelta_patch_decoder};

const struct airdelta_installer *bench_installer(uint32_t kind)
{
    if (kind == BENCH_OVERWRITE) return &airdelta_overwrite_installer;
    return kind == BENCH_IN_PLACE ? &airdelta_in_place_installer : NULL;
}

static void connect(struct bench *bench, uint32_t work_bytes)
{
    rig_connect(bench);
    bench->config.port = &bench->port;
    bench->config.layout = &bench->layout;
    bench->config.decoders = DECODERS;
    bench->config.decoder_count = sizeof DECODERS / sizeof DECODERS[0];
    if (bench->layout.page_bytes > 0 &&
        bench->layout.installer == &airdelta_in_place_installer) {
        bench->config.compiler = &airdelta_in_place_compiler;
        work_bytes += bench->config.compiler->memory_bytes(&bench->layout);
    }
    if (bench->layout.checkpoints.bytes > 0) bench->config.streamer = &airdelta_streamer;
    bench->config.work_bytes = work_bytes;
    bench->config.work = malloc(work_bytes);
    bench->config.stall_ms = STALL_MS;
    bench->may_commit = 1;
}

struct bench *bench_new(const struct flash_model_part *part, const struct airdelta_layout *layout,
                        const uint8_t *class_id, uint32_t work_bytes)
{
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) return NULL;
    bench->layout = *layout;
    bench->flash = flash_model_new(part);
    memcpy(bench->config.class_id, class_id, AIRDELTA_IDENTIFIER_BYTES);
    connect(bench, work_bytes);
    if (bench->flash != NULL && bench->config.work != NULL) return bench;
    bench_free(bench);
    return NULL;
}

void bench_free(struct bench *bench)
{
    if (bench == NULL) return;
    flash_model_free(bench->flash);
    known_free(&bench->digests);
    rig_return_host(bench);
    free(bench->config.work);
    free(bench);
}

struct flash_model *bench_flash(struct bench *bench)
{
    return bench->flash;
}

const struct airdelta_layout *bench_layout(const struct bench *bench)
{
    return &bench->layout;
}

void bench_trust(struct bench *bench, int32_t algorithm, const uint8_t *message,
                 const uint8_t *signature)
{
    bench_trust_message(bench, algorithm, message, SHORT_SIGNED_BYTES, signature);
}

void bench_trust_message(struct bench *bench, int32_t algorithm, const uint8_t *message,
                         uint32_t count, const uint8_t *signature)
{
    if (count > MESSAGE_BYTES) return;
    struct trusted *trusted = &bench->trusted[bench->trusted_count % MAX_TRUSTED];
    trusted->algorithm = algorithm;
    trusted->count = count;
    memcpy(trusted->message, message, count);
    memcpy(trusted->signature, signature, sizeof trusted->signature);
    if (bench->trusted_count < MAX_TRUSTED) bench->trusted_count++;
}

void bench_lend_keys(struct bench *bench, const struct airdelta_key_store *keys)
{
    bench->keys = *keys;
    bench->config.keys = &bench->keys;
    bench->config.decryption = &airdelta_decryption;
}

void bench_permit(struct bench *bench, int may_commit)
{
    bench->may_commit = may_commit;
}

void bench_set_clock(struct bench *bench, uint32_t now_ms)
{
    bench->now_ms = now_ms;
}

/* --- running ---------------------------------------------------------------------------------- */

static int put_image(struct bench *bench, uint8_t slot, const uint8_t *image, uint32_t bytes)
{
    uint8_t burst[256];
    const struct airdelta_region *region = &bench->layout.slots[slot & 1u];
    uint32_t unit = bench->layout.write_unit_bytes;
    if (bytes == 0 || bytes > region->bytes) return AIRDELTA_DEVICE_BAD_ARGUMENT;
    for (uint32_t at = 0; at < bytes;) {
        bench->port.erase(bench, region->offset + at);
        at += bench->port.sector_bytes(bench, region->offset + at);
    }
    for (uint32_t at = 0; at < bytes; at += sizeof burst) {
        uint32_t step = bytes - at < sizeof burst ? bytes - at : (uint32_t)sizeof burst;
        memset(burst, bench->layout.erased_value, sizeof burst);
        memcpy(burst, image + at, step);
        step = (step + unit - 1u) / unit * unit;
        if (bench->port.program(bench, region->offset + at, burst, step) != AIRDELTA_FLASH_OK) {
            return AIRDELTA_DEVICE_FLASH_FAILED;
        }
    }
    return AIRDELTA_DEVICE_OK;
}

int bench_put_image(struct bench *bench, uint8_t slot, const uint8_t *image, uint32_t bytes)
{
    return GUARDED(bench, put_image(bench, slot, image, bytes));
}

int bench_provision(struct bench *bench, uint8_t slot, const uint8_t *image, uint32_t bytes,
                    uint32_t security_counter)
{
    struct airdelta_slot_record record = {{bytes, {0}}, security_counter};
    bench_sha256(image, bytes, bytes, record.image.digest);
    int status = bench_put_image(bench, slot, image, bytes);
    if (status != AIRDELTA_DEVICE_OK) return status;
    return GUARDED(bench, airdelta_provision(&bench->port, &bench->layout, slot, &record));
}

int bench_run_bootloader(struct bench *bench)
{
    flash_model_power_on(bench->flash);
    memset(&bench->device, 0, sizeof bench->device);
    memset(bench->installer_memory, 0xA5, sizeof bench->installer_memory);
    memset(bench->config.work, 0xA5, bench->config.work_bytes); /* RAM does not outlast a reset */
    bench->longest_slice = 0;
    bench->slice_operations = 0;
    return GUARDED(bench, airdelta_boot(&bench->port, &bench->layout, &bench->report));
}

int bench_start_application(struct bench *bench)
{
    return GUARDED(bench, airdelta_device_start(&bench->device, &bench->config,
                                                bench->report.slot));
}

int bench_boot(struct bench *bench)
{
    int status = bench_run_bootloader(bench);
    return status == AIRDELTA_DEVICE_OK ? bench_start_application(bench) : status;
}

int bench_offer_slice(struct bench *bench, const uint8_t *head, uint32_t head_bytes,
                      uint32_t fragment_bytes)
{
    return GUARDED(bench, airdelta_device_offer(&bench->device, head, head_bytes, fragment_bytes));
}

int bench_offer(struct bench *bench, const uint8_t *head, uint32_t head_bytes,
                uint32_t fragment_bytes)
{
    int status = AIRDELTA_DEVICE_BUSY;
    while (status == AIRDELTA_DEVICE_BUSY) {
        status = bench_offer_slice(bench, head, head_bytes, fragment_bytes);
    }
    return status;
}

/* Until it is taken: streaming decodes it in slices. */
static int receive(struct bench *bench, uint32_t index, const uint8_t *bytes, uint32_t count)
{
    int status = AIRDELTA_DEVICE_BUSY;
    while (status == AIRDELTA_DEVICE_BUSY) {
        status = airdelta_device_receive(&bench->device, index, bytes, count);
    }
    return status;
}

int bench_receive(struct bench *bench, uint32_t index, const uint8_t *bytes, uint32_t count)
{
    return GUARDED(bench, receive(bench, index, bytes, count));
}

static int deliver(struct bench *bench, const uint8_t *payload, uint32_t payload_bytes,
                   uint32_t fragment_bytes)
{
    uint32_t index = airdelta_device_next_missing(&bench->device, 0);
    while (index != AIRDELTA_NONE_MISSING) {
        uint32_t at = index * fragment_bytes;
        uint32_t count = payload_bytes - at < fragment_bytes ? payload_bytes - at : fragment_bytes;
        int status = receive(bench, index, payload + at, count);
        if (status != AIRDELTA_DEVICE_OK) return status;
        index = airdelta_device_next_missing(&bench->device, index + 1);
    }
    return AIRDELTA_DEVICE_OK;
}

int bench_deliver(struct bench *bench, const uint8_t *payload, uint32_t payload_bytes,
                  uint32_t fragment_bytes)
{
    return GUARDED(bench, deliver(bench, payload, payload_bytes, fragment_bytes));
}

int bench_install_slice(struct bench *bench)
{
    return GUARDED(bench, airdelta_device_install(&bench->device));
}

int bench_install(struct bench *bench)
{
    int status = AIRDELTA_DEVICE_BUSY;
    while (status == AIRDELTA_DEVICE_BUSY) status = bench_install_slice(bench);
    return status;
}

int bench_confirm(struct bench *bench)
{
    return GUARDED(bench, airdelta_device_confirm(&bench->device));
}

int bench_abandon(struct bench *bench)
{
    return GUARDED(bench, airdelta_device_abandon(&bench->device));
}

uint32_t bench_next_missing(struct bench *bench, uint32_t from)
{
    return airdelta_device_next_missing(&bench->device, from);
}

int bench_is_stalled(struct bench *bench)
{
    return airdelta_device_is_stalled(&bench->device);
}

void bench_state(const struct bench *bench, struct airdelta_state *state)
{
    *state = *airdelta_device_state(&bench->device);
}

void bench_report(const struct bench *bench, struct airdelta_boot_report *report)
{
    *report = bench->report;
}

uint32_t bench_longest_slice(const struct bench *bench)
{
    return bench->longest_slice;
}

int bench_slot_is(struct bench *bench, uint8_t slot, const uint8_t *image, uint32_t bytes)
{
    uint8_t piece[512];
    for (uint32_t at = 0; at < bytes; at += sizeof piece) {
        uint32_t step = bytes - at < sizeof piece ? bytes - at : (uint32_t)sizeof piece;
        uint32_t offset = bench->layout.slots[slot & 1u].offset + at;
        if (flash_model_read(bench->flash, offset, piece, step) != FLASH_MODEL_OK) return 0;
        if (memcmp(piece, image + at, step) != 0) return 0;
    }
    return 1;
}
