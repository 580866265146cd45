/*
 * The decoder of airdelta patches for devices that have the RAM for a whole new image: the large
 * tier reads back what it wrote, and while an update is rehearsed nothing of it is in flash.
 *
 *     | kept_image | new image | padding to 8 | memory of the patch decoder |
 */
#include <string.h>

#include "airdelta.h"
#include "airdelta_patch_decoder.h"
#include "wire_numbers.h"

struct kept_image {
    struct airdelta_decoder_io io;
    uint32_t patch_memory_at; /* counted from here */
    uint8_t bytes[];
};

/* Both sizes are signed and at most 2^30. */
static uint32_t patch_memory_at(uint32_t new_bytes)
{
    return ((uint32_t)sizeof(struct kept_image) + new_bytes + 7u) & ~7u;
}

static void *patch_memory(void *memory)
{
    return (uint8_t *)memory + ((struct kept_image *)memory)->patch_memory_at;
}

static uint32_t memory_bytes(const struct airdelta_decoder_io *io, const uint8_t *bytes,
                             uint32_t count)
{
    uint32_t patch_bytes = airdelta_patch_decoder.memory_bytes(io, bytes, count);
    return patch_bytes == 0 ? 0 : patch_memory_at(io->new_bytes) + patch_bytes;
}

static int read_base(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    const struct kept_image *kept = context;
    return kept->io.read_base(kept->io.context, offset, bytes, count);
}

static int write_new(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    struct kept_image *kept = context;
    if (offset > kept->io.new_bytes || count > kept->io.new_bytes - offset) return 1;
    memcpy(kept->bytes + offset, bytes, count);
    return kept->io.write_new(kept->io.context, offset, bytes, count);
}

static int read_new(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    const struct kept_image *kept = context;
    if (offset > kept->io.new_bytes || count > kept->io.new_bytes - offset) return 1;
    memcpy(bytes, kept->bytes + offset, count);
    return 0;
}

static int erase_scratch(void *context, uint32_t count)
{
    const struct kept_image *kept = context;
    return kept->io.scratch_erase(kept->io.context, count);
}

static int program_scratch(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    const struct kept_image *kept = context;
    return kept->io.scratch_program(kept->io.context, offset, bytes, count);
}

static int read_scratch(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    const struct kept_image *kept = context;
    return kept->io.scratch_read(kept->io.context, offset, bytes, count);
}

static int begin(void *memory, uint32_t memory_bytes, const struct airdelta_decoder_io *io)
{
    struct kept_image *kept = memory;
    struct airdelta_sizes sizes = {io->base_bytes, io->new_bytes, io->payload_bytes};
    uint32_t at = patch_memory_at(io->new_bytes);
    struct airdelta_ports ports = {
        .context = kept,
        .read_base = read_base,
        .write_new = write_new,
        .read_new = read_new,
    };
    if (memory_bytes < at) return AIRDELTA_DECODE_NO_MEMORY;
    kept->io = *io;
    kept->patch_memory_at = at;
    if (io->scratch_bytes > 0) {
        ports.scratch_bytes = io->scratch_bytes;
        ports.scratch_erase = erase_scratch;
        ports.scratch_program = program_scratch;
        ports.scratch_read = read_scratch;
    }
    return airdelta_begin(patch_memory(memory), memory_bytes - at, &ports, &sizes);
}

static int feed(void *memory, const uint8_t *bytes, uint32_t count, uint32_t *taken)
{
    return airdelta_patch_decoder.feed(patch_memory(memory), bytes, count, taken);
}

static int step(void *memory, uint32_t budget)
{
    return airdelta_patch_decoder.step(patch_memory(memory), budget);
}

static uint32_t table_rows(const void *memory, uint32_t table)
{
    const struct kept_image *kept = memory;
    const uint8_t *bytes = memory;
    return airdelta_patch_decoder.table_rows(bytes + kept->patch_memory_at, table);
}

static void table_row(void *memory, uint32_t table, uint32_t index, uint32_t row[])
{
    airdelta_patch_decoder.table_row(patch_memory(memory), table, index, row);
}

const struct airdelta_decoder airdelta_large_patch_decoder = {
    WIRE_FORMAT_AIRDELTA, memory_bytes, begin, feed, step, table_rows, table_row, NULL, NULL};
