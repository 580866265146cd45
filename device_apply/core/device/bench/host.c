/*
 * Decoders that the host lends: other engines' formats, which only Python reads, and airdelta
 * patches in as much memory as the host says, which stands for the memory of a 32-bit device.
 *
 * The host decodes between buffers. Flash is read before and written after, here, so that a power
 * cut never jumps over a frame of the host.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "airdelta_compiler.h"
#include "airdelta_patch_decoder.h"
#include "payload_reader.h"
#include "rig.h"
#include "wire_numbers.h"

struct host_decoders {
    struct bench_payload payload; /* of the update under way */
    uint8_t *payload_bytes;
    uint8_t *base;
    uint8_t *new_image;
    uint32_t fed_bytes;
    uint32_t written_bytes;
    uint32_t patch_memory_bytes;
    int is_decoded;
    const struct airdelta_decoder **table;
    struct airdelta_decoder entries[];
};

static struct bench *bench_of(struct airdelta_device *device)
{
    return (struct bench *)((uint8_t *)device - offsetof(struct bench, device));
}

static void release(struct host_decoders *host)
{
    free(host->payload_bytes);
    free(host->base);
    free(host->new_image);
    host->payload_bytes = host->base = host->new_image = NULL;
}

/* Room for the update that `io` is about; whether there is. */
static int prepare(struct bench *bench, const struct airdelta_decoder_io *io)
{
    struct host_decoders *host = bench->host_decoders;
    release(host);
    host->payload_bytes = malloc(io->payload_bytes + 1u);
    host->base = malloc(io->base_bytes + 1u);
    host->new_image = malloc(io->new_bytes + 1u);
    host->fed_bytes = host->written_bytes = 0;
    host->is_decoded = 0;
    host->payload = (struct bench_payload){
        .payload_format = bench->device.install.manifest.payload_format,
        .payload_bytes = io->payload_bytes,
        .base_bytes = io->base_bytes,
        .new_bytes = io->new_bytes,
        .payload = host->payload_bytes,
    };
    return host->payload_bytes != NULL && host->base != NULL && host->new_image != NULL;
}

/* Some formats say what they need in several places: the host gets to see all of the payload. */
static int read_payload(struct bench *bench)
{
    struct host_decoders *host = bench->host_decoders;
    for (uint32_t at = 0; at < host->payload.payload_bytes;) {
        uint32_t taken = dv_payload_read(&bench->device, bench->device.install.payload_start + at,
                                         host->payload_bytes + at,
                                          host->payload.payload_bytes - at);
        if (taken == 0) return 0;
        at += taken;
    }
    return 1;
}

/* What the entry for all tiers takes beside the memory of the patch decoder. */
static uint32_t kept_image_bytes(const struct bench *bench, const struct airdelta_decoder_io *io)
{
    const struct bench_payload *payload = &bench->host_decoders->payload;
    if (payload->payload_format != WIRE_FORMAT_AIRDELTA) return 0;
    uint32_t count = payload->payload_bytes;
    return airdelta_large_patch_decoder.memory_bytes(io, payload->payload, count) -
           airdelta_patch_decoder.memory_bytes(io, payload->payload, count);
}

static uint32_t memory_bytes(const struct airdelta_decoder_io *io, const uint8_t *bytes,
                             uint32_t count)
{
    struct bench *bench = bench_of(io->context);
    (void)bytes;
    (void)count;
    if (!prepare(bench, io) || !read_payload(bench)) return 0;
    uint32_t wanted = bench->host.memory_bytes(bench->host.context, &bench->host_decoders->payload);
    if (wanted == 0 || wanted == BENCH_TOO_MUCH) return wanted;
    bench->host_decoders->patch_memory_bytes = wanted += kept_image_bytes(bench, io);
    const struct airdelta_compiler *compiler = bench->config.compiler;
    uint32_t work_bytes =
        wanted + (compiler == NULL ? 0 : compiler->memory_bytes(&bench->layout));
    if (work_bytes > bench->config.work_bytes) {
        /* Nothing is kept in the work memory between two phases of an installation. */
        void *work = realloc(bench->config.work, work_bytes);
        if (work == NULL) return 0;
        bench->config.work = work;
        bench->config.work_bytes = work_bytes;
    }
    return wanted;
}

/* --- airdelta patches ------------------------------------------------------------------------- */

static int begin_patch(void *memory, uint32_t memory_bytes, const struct airdelta_decoder_io *io)
{
    (void)memory_bytes;
    return airdelta_large_patch_decoder.begin(
        memory, bench_of(io->context)->host_decoders->patch_memory_bytes, io);
}

/* --- other formats ---------------------------------------------------------------------------- */

/* What the work memory holds: the way back to the bench. */
struct host_decoding {
    struct airdelta_decoder_io io;
    struct bench *bench;
};

static int begin(void *memory, uint32_t memory_bytes, const struct airdelta_decoder_io *io)
{
    struct host_decoding *decoding = memory;
    struct bench *bench = bench_of(io->context);
    if (memory_bytes < sizeof *decoding || !prepare(bench, io)) return AIRDELTA_DECODE_NO_MEMORY;
    *decoding = (struct host_decoding){*io, bench};
    return AIRDELTA_DECODE_NEEDS_INPUT;
}

static int feed(void *memory, const uint8_t *bytes, uint32_t count, uint32_t *taken)
{
    const struct host_decoding *decoding = memory;
    struct host_decoders *host = decoding->bench->host_decoders;
    if (count > decoding->io.payload_bytes - host->fed_bytes) return AIRDELTA_DECODE_FAILED;
    memcpy(host->payload_bytes + host->fed_bytes, bytes, count);
    host->fed_bytes += count;
    *taken = count;
    return AIRDELTA_DECODE_BUSY;
}

static int decode(const struct host_decoding *decoding)
{
    const struct bench *bench = decoding->bench;
    struct host_decoders *host = bench->host_decoders;
    if (decoding->io.base_bytes > 0 &&
        decoding->io.read_base(decoding->io.context, 0, host->base, decoding->io.base_bytes)) {
        return 0;
    }
    host->payload.base = host->base;
    host->is_decoded = bench->host.decode(bench->host.context, &host->payload, host->new_image) == 0;
    return host->is_decoded;
}

static int step(void *memory, uint32_t budget)
{
    const struct host_decoding *decoding = memory;
    struct host_decoders *host = decoding->bench->host_decoders;
    if (host->fed_bytes < decoding->io.payload_bytes) return AIRDELTA_DECODE_NEEDS_INPUT;
    if (!host->is_decoded && !decode(decoding)) return AIRDELTA_DECODE_FAILED;
    uint32_t left = decoding->io.new_bytes - host->written_bytes;
    uint32_t count = left < budget ? left : budget;
    uint32_t at = host->written_bytes;
    host->written_bytes += count;
    if (count > 0 &&
        decoding->io.write_new(decoding->io.context, at, host->new_image + at, count) != 0) {
        return AIRDELTA_DECODE_FAILED;
    }
    return count == left ? AIRDELTA_DECODE_DONE : AIRDELTA_DECODE_BUSY;
}

/* --- lending ---------------------------------------------------------------------------------- */

int bench_lend_host(struct bench *bench, const struct bench_host *host, const uint32_t *formats,
                    uint32_t count)
{
    struct host_decoders *lent = calloc(1, sizeof *lent + count * sizeof *lent->entries);
    const struct airdelta_decoder **table = calloc(count + 1u, sizeof(const void *));
    if (lent == NULL || table == NULL) {
        free(lent);
        free((void *)table);
        return -1;
    }
    for (uint32_t i = 0; i < count; i++) {
        lent->entries[i] =
            formats[i] == WIRE_FORMAT_AIRDELTA
                ? (struct airdelta_decoder){formats[i], memory_bytes, begin_patch,
                                            airdelta_large_patch_decoder.feed,
                                            airdelta_large_patch_decoder.step,
                                            airdelta_large_patch_decoder.table_rows,
                                            airdelta_large_patch_decoder.table_row,
                                            NULL,
                                            NULL}
                : (struct airdelta_decoder){formats[i], memory_bytes, begin, feed, step, NULL,
                                            NULL,       NULL,         NULL};
        table[i] = &lent->entries[i];
        /* What the host decodes cannot be saved: a device that streams has the library's alone. */
        if (bench->config.streamer != NULL) table[i] = &airdelta_patch_decoder;
    }
    rig_return_host(bench);
    lent->table = table;
    bench->host = *host;
    bench->host_decoders = lent;
    bench->config.decoders = table;
    bench->config.decoder_count = count;
    return 0;
}

void rig_return_host(struct bench *bench)
{
    if (bench->host_decoders == NULL) return;
    release(bench->host_decoders);
    free((void *)bench->host_decoders->table);
    free(bench->host_decoders);
    bench->host_decoders = NULL;
}
