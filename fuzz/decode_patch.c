/*
 * Fuzz target: the patch decoder, fed with whatever a link could deliver.
 *
 * An input is a setup of 9 bytes and a patch:
 *
 *     0     number of the base image
 *     1     what is varied, see enum variation
 *     2..4  bytes of the base image that the device has, low byte first
 *     5..7  bytes of the new image, low byte first
 *     8     size of the pieces that the patch comes in, and of the slices of work
 *
 * The sanitizers watch the memory block, which has exactly the announced size. What they cannot
 * see is checked here and ends the process: ports are used within the sizes and as airdelta.h
 * promises, the work is bounded, a moved state goes on, and neither pieces nor slices change the
 * result.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "airdelta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t count);

#define SETUP_BYTES 9u
/* More is no other code, only slower: the vectors fit, and less will do for the large tier. */
#define IMAGE_BYTES_MAX (40u << 10)
#define LARGE_IMAGE_BYTES_MAX (4u << 10)
#define LARGE_TIER_MODE 4u
#define MOVES_MAX 16u
#define SEGMENTS_IN_MEMORY 4096u
#define SEGMENTS_IN_SCRATCH 4096u
#define SEGMENTS_MAX 65535u
/* Header, number of segments, ends of phases: units that belong to no byte and no segment. */
#define OTHER_UNITS 64u

enum variation { WITH_SCRATCH = 1, MOVE_STATE = 2, DECODE_TWICE = 4, SHORT_OF_MEMORY = 8 };

#define BASE_IMAGE(name, file)                                                                   \
    extern const uint8_t name[], name##_end[];                                                   \
    __asm__(".section .rodata\n" #name ":\n.incbin \"" VECTORS "/" file "\"\n" #name "_end:\n"   \
            ".previous\n")

BASE_IMAGE(cm3_1_0_0, "sensor-node-cm3-1.0.0.bin");
BASE_IMAGE(cm3_1_1_0, "sensor-node-cm3-1.1.0.bin");
BASE_IMAGE(rv32_1_0_0, "sensor-node-rv32-1.0.0.bin");

static const struct {
    const uint8_t *bytes, *end;
} bases[] = {{cm3_1_0_0, cm3_1_0_0_end}, {cm3_1_1_0, cm3_1_1_0_end}, {rv32_1_0_0, rv32_1_0_0_end}};
#define BASES (sizeof bases / sizeof bases[0])

static uint8_t scratch[1u << 19];

struct device {
    const uint8_t *base;
    uint8_t *new_image;
    struct airdelta_sizes sizes;
    uint32_t written;
    uint32_t scratch_bytes;
    uint32_t scratch_erased;
    uint32_t scratch_programmed;
};

/* What a decoder made of a patch. */
struct outcome {
    airdelta_status status;
    uint32_t written;
};

static void check(int holds, const char *promise)
{
    if (holds) return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

static int read_base(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    const struct device *device = context;
    uint32_t size = device->sizes.base_bytes;
    check(offset <= size && count <= size - offset, "reads of the base stay inside it");
    memcpy(bytes, device->base + offset, count);
    return 0;
}

static int write_new(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    struct device *device = context;
    check(offset == device->written, "the new image comes out in ascending order");
    check(count <= device->sizes.new_bytes - offset, "writes stay inside the new image");
    memcpy(device->new_image + offset, bytes, count);
    device->written += count;
    return 0;
}

static int read_new(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    const struct device *device = context;
    check(offset <= device->written && count <= device->written - offset,
          "only what was written is read back");
    memcpy(bytes, device->new_image + offset, count);
    return 0;
}

static int scratch_erase(void *context, uint32_t count)
{
    struct device *device = context;
    check(count <= device->scratch_bytes, "no more scratch is erased than there is");
    check(device->scratch_erased == 0, "scratch is erased once");
    device->scratch_erased = count;
    return 0;
}

static int scratch_program(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    struct device *device = context;
    check(offset % 64u == 0 && count % 64u == 0, "scratch is programmed in units of 64 bytes");
    check(offset >= device->scratch_programmed, "scratch is programmed in ascending order");
    check(offset <= device->scratch_erased && count <= device->scratch_erased - offset,
          "only erased scratch is programmed");
    memcpy(scratch + offset, bytes, count);
    device->scratch_programmed = offset + count;
    return 0;
}

static int scratch_read(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    const struct device *device = context;
    check(offset <= device->scratch_programmed && count <= device->scratch_programmed - offset,
          "only programmed scratch is read");
    memcpy(bytes, scratch + offset, count);
    return 0;
}

/* The same state at another address; the old one is gone. */
static uint8_t *move_state(uint8_t *memory, size_t memory_bytes, const struct airdelta_ports *ports,
                           airdelta_status status)
{
    uint8_t *moved = malloc(memory_bytes);
    memcpy(moved, memory, memory_bytes);
    free(memory);
    check(airdelta_resume(moved, ports) == status, "a moved state goes on where it was");
    return moved;
}

static size_t memory_for(const struct airdelta_needs *needs, uint32_t variations)
{
    size_t bytes = needs->memory_bytes;
    if (!(variations & WITH_SCRATCH)) bytes += needs->segment_bytes * SEGMENTS_IN_MEMORY;
    if (variations & SHORT_OF_MEMORY) bytes -= 8u;
    return bytes;
}

static struct airdelta_ports ports_of(struct device *device)
{
    return (struct airdelta_ports){.context = device,
                                   .read_base = read_base,
                                   .write_new = write_new,
                                   .read_new = read_new,
                                   .scratch_erase = scratch_erase,
                                   .scratch_program = scratch_program,
                                   .scratch_read = scratch_read,
                                   .scratch_bytes = device->scratch_bytes};
}

/* Count the work of a slice that was used up, which has to end. */
static void count_units(uint64_t *units, uint32_t budget, const struct airdelta_sizes *sizes)
{
    uint64_t limit =
        (uint64_t)sizes->new_bytes + sizes->base_bytes + 2u * SEGMENTS_MAX + OTHER_UNITS;
    *units += budget;
    check(*units <= limit, "the work is bounded by the sizes");
}

/* Feed and step until the end; `memory` is freed. */
static airdelta_status run(uint8_t *memory, size_t memory_bytes, struct device *device,
                           const uint8_t *patch, uint32_t variations, uint32_t piece_bytes)
{
    const struct airdelta_sizes *sizes = &device->sizes;
    struct airdelta_ports ports = ports_of(device);
    airdelta_status status = airdelta_begin(memory, memory_bytes, &ports, sizes);
    uint32_t budget = piece_bytes * 16u;
    uint64_t units = 0;
    uint32_t moves = 0;
    uint32_t position = 0;
    while (status > AIRDELTA_DONE) {
        int is_asked = status == AIRDELTA_NEED_INPUT;
        size_t left = sizes->patch_bytes - position;
        size_t piece = left < piece_bytes ? left : piece_bytes;
        size_t taken = 0;
        status = airdelta_feed(memory, patch + position, piece, &taken);
        check(!is_asked || taken > 0 || left == 0 || status < 0,
              "input that is asked for is taken");
        position += (uint32_t)taken;
        if (status > AIRDELTA_DONE) status = airdelta_step(memory, budget);
        if (status == AIRDELTA_BUSY) count_units(&units, budget, sizes);
        if (status == AIRDELTA_NEED_INPUT && left == 0) status = AIRDELTA_TRUNCATED;
        if (variations & MOVE_STATE && status > AIRDELTA_DONE && moves++ < MOVES_MAX) {
            memory = move_state(memory, memory_bytes, &ports, status);
        }
    }
    check(status < 0 || position == sizes->patch_bytes, "done is said when the patch is used up");
    free(memory);
    return status;
}

static struct outcome decode(struct device *device, const uint8_t *patch, uint32_t variations,
                             uint32_t piece_bytes)
{
    struct outcome outcome = {AIRDELTA_BAD_FORMAT, 0};
    struct airdelta_needs needs;
    if (airdelta_needs_of(patch, device->sizes.patch_bytes, &needs) != AIRDELTA_DONE) {
        return outcome;
    }
    device->written = device->scratch_erased = device->scratch_programmed = 0;
    device->scratch_bytes =
        variations & WITH_SCRATCH ? airdelta_scratch_bytes(SEGMENTS_IN_SCRATCH) : 0;
    size_t memory_bytes = memory_for(&needs, variations);
    outcome.status =
        run(malloc(memory_bytes), memory_bytes, device, patch, variations, piece_bytes);
    outcome.written = device->written;
    check(outcome.status < 0 || outcome.written == device->sizes.new_bytes,
          "done is said of a complete image");
    return outcome;
}

static uint32_t take_size(const uint8_t *bytes, uint32_t limit)
{
    uint32_t size = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
    return size < limit ? size : limit;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t count)
{
    if (count <= SETUP_BYTES || count > UINT32_MAX) return 0;
    uint32_t number = data[0] % BASES;
    uint32_t variations = data[1];
    const uint8_t *patch = data + SETUP_BYTES;
    struct device device = {.base = bases[number].bytes};
    uint32_t base_bytes = (uint32_t)(bases[number].end - bases[number].bytes);
    int is_large = (patch[0] & 15u) == LARGE_TIER_MODE;
    uint32_t limit = is_large ? LARGE_IMAGE_BYTES_MAX : IMAGE_BYTES_MAX;
    device.sizes.base_bytes = take_size(data + 2, base_bytes < limit ? base_bytes : limit);
    device.sizes.new_bytes = take_size(data + 5, limit);
    device.sizes.patch_bytes = (uint32_t)(count - SETUP_BYTES);
    device.new_image = malloc(device.sizes.new_bytes + 1u);
    uint32_t piece_bytes = data[8] + 1u;
    struct outcome first = decode(&device, patch, variations, piece_bytes);
    if (variations & DECODE_TWICE) {
        uint8_t *first_image = device.new_image;
        device.new_image = malloc(device.sizes.new_bytes + 1u);
        struct outcome second = decode(&device, patch, variations & ~MOVE_STATE, UINT16_MAX);
        check(first.status == second.status, "pieces and slices do not change the verdict");
        check(first.written == second.written &&
                  memcmp(first_image, device.new_image, first.written) == 0,
              "pieces and slices do not change the image");
        free(first_image);
    }
    free(device.new_image);
    return 0;
}
