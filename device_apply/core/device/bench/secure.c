/* Secure boot and recovery on the bench. */
#include <string.h>

#include "airdelta_secure_boot.h"
#include "rig.h"

static int port_is_authentic(void *context, uint32_t offset, uint32_t bytes)
{
    return airdelta_is_signed_image(&((struct bench *)context)->port, offset, bytes, NULL);
}

void bench_identify(struct bench *bench, const uint8_t *device_id)
{
    memcpy(bench->device_id, device_id, sizeof bench->device_id);
    bench->config.device_id = bench->device_id;
}

void bench_require_signatures(struct bench *bench)
{
    bench->port.is_authentic = port_is_authentic;
}

int bench_is_signed(struct bench *bench, uint32_t offset, uint32_t bytes)
{
    return airdelta_is_signed_image(&bench->port, offset, bytes, NULL);
}

uint8_t bench_rom_choose(struct bench *bench, const struct airdelta_region *copies, uint8_t count)
{
    return airdelta_rom_choose(&bench->port, copies, count);
}

int bench_recovery_begin(struct bench *bench, uint32_t package_bytes,
                         uint32_t least_security_counter)
{
    int status = GUARDED(bench, airdelta_recovery_open(&bench->recovery, &bench->config,
                                                       least_security_counter));
    if (status != AIRDELTA_DEVICE_OK) return status;
    return airdelta_recovery_begin(&bench->recovery, package_bytes);
}

int bench_recovery_take(struct bench *bench, const uint8_t *bytes, uint32_t count)
{
    return GUARDED(bench, airdelta_recovery_take(&bench->recovery, bytes, count));
}

/* A package that is handed out in pieces. */
struct package_source {
    const uint8_t *bytes;
    uint32_t left;
    uint32_t piece_bytes;
};

static uint32_t read_package(void *context, uint8_t *bytes, uint32_t limit)
{
    struct package_source *source = context;
    uint32_t count = source->piece_bytes < limit ? source->piece_bytes : limit;
    if (count > source->left) count = source->left;
    for (uint32_t i = 0; i < count; i++) bytes[i] = source->bytes[i];
    source->bytes += count;
    source->left -= count;
    return count;
}

int bench_recover_from(struct bench *bench, const uint8_t *package, uint32_t count,
                       uint32_t piece_bytes)
{
    struct package_source package_source = {package, count, piece_bytes};
    struct airdelta_image_source source = {&package_source, count, read_package};
    return GUARDED(bench, airdelta_recover(&bench->recovery, &source));
}
