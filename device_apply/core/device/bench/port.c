/* The port of the device on the bench. */
#include <string.h>

#include "rig.h"

/* The values of the two enumerations agree up to here; the power is a matter for the bench. */
static enum airdelta_flash_result port_result(struct bench *bench, enum flash_model_result result)
{
    if (result == FLASH_MODEL_POWER_LOST) longjmp(bench->power_lost, 1);
    return (enum airdelta_flash_result)result;
}

static void count_operation(struct bench *bench)
{
    bench->slice_operations++;
    if (bench->slice_operations > bench->longest_slice) {
        bench->longest_slice = bench->slice_operations;
    }
}

static enum airdelta_flash_result port_read(void *context, uint32_t offset, void *bytes,
                                           uint32_t count)
{
    struct bench *bench = context;
    return port_result(bench, flash_model_read(bench->flash, offset, bytes, count));
}

static enum airdelta_flash_result port_program(void *context, uint32_t offset, const void *bytes,
                                              uint32_t count)
{
    struct bench *bench = context;
    count_operation(bench);
    return port_result(bench, flash_model_program(bench->flash, offset, bytes, count));
}

static enum airdelta_flash_result port_erase(void *context, uint32_t offset)
{
    struct bench *bench = context;
    count_operation(bench);
    return port_result(bench, flash_model_erase(bench->flash, offset));
}

static uint32_t port_sector_bytes(void *context, uint32_t offset)
{
    return flash_model_sector_at(((struct bench *)context)->flash, offset);
}

static void port_digest_begin(void *context)
{
    known_begin(&((struct bench *)context)->digests);
}

static void port_digest_update(void *context, const uint8_t *bytes, uint32_t count)
{
    known_update(&((struct bench *)context)->digests, bytes, count);
}

static void port_digest_finish(void *context, uint8_t digest[AIRDELTA_DIGEST_BYTES])
{
    known_finish(&((struct bench *)context)->digests, digest);
}

static int port_verify(void *context, int32_t algorithm, const uint8_t *message, uint32_t count,
                       const uint8_t *signature, uint32_t signature_bytes)
{
    const struct bench *bench = context;
    if (bench->host.verify != NULL) {
        return bench->host.verify(bench->host.context, algorithm, message, count, signature,
                                  signature_bytes);
    }
    for (uint32_t i = 0; i < bench->trusted_count; i++) {
        const struct trusted *trusted = &bench->trusted[i];
        if (trusted->algorithm == algorithm && count == trusted->count &&
            signature_bytes == sizeof trusted->signature &&
            memcmp(trusted->message, message, count) == 0 &&
            memcmp(trusted->signature, signature, sizeof trusted->signature) == 0) {
            return 1;
        }
    }
    return 0;
}

static int port_may_commit(void *context)
{
    return ((struct bench *)context)->may_commit;
}

static uint32_t port_now_ms(void *context)
{
    return ((struct bench *)context)->now_ms;
}

static void port_watchdog(void *context)
{
    ((struct bench *)context)->slice_operations = 0;
}

void rig_connect(struct bench *bench)
{
    bench->port = (struct airdelta_port){
        .context = bench,
        .read = port_read,
        .program = port_program,
        .erase = port_erase,
        .sector_bytes = port_sector_bytes,
        .digest_begin = port_digest_begin,
        .digest_update = port_digest_update,
        .digest_finish = port_digest_finish,
        .verify = port_verify,
        .may_commit = port_may_commit,
        .now_ms = port_now_ms,
        .watchdog = port_watchdog,
        .installer_memory = bench->installer_memory,
    };
}
