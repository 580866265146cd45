/* The decoder with ports that are plain memory, see memory_decoder.h. */
#include "memory_decoder.h"

#include <stdlib.h>
#include <string.h>

#include "airdelta.h"

#define SEGMENTS_MAX 65536u /* the format numbers segments with 16 bits */

struct images {
    const uint8_t *base;
    uint8_t *new_;
};

static int read_base(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    memcpy(bytes, ((struct images *)context)->base + offset, count);
    return 0;
}

static int write_new(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    memcpy(((struct images *)context)->new_ + offset, bytes, count);
    return 0;
}

static int read_new(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    memcpy(bytes, ((struct images *)context)->new_ + offset, count);
    return 0;
}

int airdelta_decode_memory(const uint8_t *patch, uint32_t patch_bytes, const uint8_t *base,
                           uint32_t base_bytes, uint8_t *new_, uint32_t new_bytes)
{
    struct airdelta_needs needs;
    airdelta_status status = airdelta_needs_of(patch, patch_bytes, &needs);
    if (status != AIRDELTA_DONE) return status;
    size_t memory_bytes = (size_t)needs.memory_bytes + (size_t)needs.segment_bytes * SEGMENTS_MAX;
    void *memory = malloc(memory_bytes);
    if (memory == NULL) return AIRDELTA_NO_MEMORY;
    struct images images = {base, new_};
    struct airdelta_ports ports = {.context = &images,
                                   .read_base = read_base,
                                   .write_new = write_new,
                                   .read_new = read_new};
    struct airdelta_sizes sizes = {base_bytes, new_bytes, patch_bytes};
    status = airdelta_begin(memory, memory_bytes, &ports, &sizes);
    size_t position = 0;
    while (status > AIRDELTA_DONE) {
        size_t taken;
        status = airdelta_feed(memory, patch + position, patch_bytes - position, &taken);
        position += taken;
        if (status > AIRDELTA_DONE) status = airdelta_step(memory, UINT32_MAX);
        if (status == AIRDELTA_NEED_INPUT && position == patch_bytes) status = AIRDELTA_TRUNCATED;
    }
    free(memory);
    return status;
}
