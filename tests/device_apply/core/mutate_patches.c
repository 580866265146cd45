/*
 * Decodes damaged copies of a patch; built with sanitizers, it stops at the first bad access.
 *
 *     mutate_patches PATCH BASE NEW_BYTES ROUNDS
 *
 * The base image and the new image are allocated exactly, so that the sanitizer sees every byte
 * outside of them. Scratch flash and memory for the map take turns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "airdelta.h"

static uint8_t *base, *new_image, *scratch;
static uint32_t base_bytes, new_bytes, written, scratch_bytes;

static int read_base(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    (void)context;
    if (offset > base_bytes || count > base_bytes - offset) abort();
    memcpy(bytes, base + offset, count);
    return 0;
}

static int write_new(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    (void)context;
    if (offset != written || count > new_bytes - offset) abort();
    memcpy(new_image + offset, bytes, count);
    written += count;
    return 0;
}

static int read_new(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    (void)context;
    if (offset > written || count > written - offset) abort();
    memcpy(bytes, new_image + offset, count);
    return 0;
}

static int scratch_erase(void *context, uint32_t count)
{
    (void)context;
    if (count > scratch_bytes) abort();
    memset(scratch, 0xFF, count);
    return 0;
}

static int scratch_program(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    (void)context;
    if (offset > scratch_bytes || count > scratch_bytes - offset) abort();
    for (uint32_t i = 0; i < count; i++) {
        if (scratch[offset + i] != 0xFF) abort(); /* programmed twice */
        scratch[offset + i] = bytes[i];
    }
    return 0;
}

static int scratch_read(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    (void)context;
    if (offset > scratch_bytes || count > scratch_bytes - offset) abort();
    memcpy(bytes, scratch + offset, count);
    return 0;
}

static uint32_t random_state = 1;

static uint32_t next_random(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

static uint8_t *read_file(const char *name, uint32_t *bytes)
{
    FILE *file = fopen(name, "rb");
    if (!file) exit(3);
    fseek(file, 0, SEEK_END);
    *bytes = (uint32_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(*bytes ? *bytes : 1);
    if (fread(data, 1, *bytes, file) != *bytes) exit(3);
    fclose(file);
    return data;
}

static airdelta_status decode(const uint8_t *patch, uint32_t patch_bytes, int with_scratch)
{
    struct airdelta_needs needs;
    if (airdelta_needs_of(patch, patch_bytes, &needs) != AIRDELTA_DONE) return AIRDELTA_BAD_FORMAT;
    size_t memory_bytes = needs.memory_bytes + (with_scratch ? 0 : needs.segment_bytes * 4096u);
    uint8_t *memory = malloc(memory_bytes);
    struct airdelta_ports ports = {.read_base = read_base,
                                   .write_new = write_new,
                                   .read_new = read_new,
                                   .scratch_erase = with_scratch ? scratch_erase : NULL,
                                   .scratch_program = scratch_program,
                                   .scratch_read = scratch_read,
                                   .scratch_bytes = scratch_bytes};
    struct airdelta_sizes sizes = {base_bytes, new_bytes, patch_bytes};
    airdelta_status status = airdelta_begin(memory, memory_bytes, &ports, &sizes);
    uint32_t position = 0;
    written = 0;
    while (status > AIRDELTA_DONE) {
        size_t piece = 1u + next_random() % 200u;
        size_t taken = 0;
        if (piece > patch_bytes - position) piece = patch_bytes - position;
        status = airdelta_feed(memory, patch + position, piece, &taken);
        position += (uint32_t)taken;
        if (status > AIRDELTA_DONE) status = airdelta_step(memory, 1u + next_random() % 5000u);
        if (status == AIRDELTA_NEED_INPUT && position == patch_bytes) status = AIRDELTA_TRUNCATED;
    }
    free(memory);
    return status;
}

int main(int count, char **arguments)
{
    if (count != 5) return 2;
    uint32_t patch_bytes;
    uint8_t *patch = read_file(arguments[1], &patch_bytes);
    base = read_file(arguments[2], &base_bytes);
    new_bytes = (uint32_t)strtoul(arguments[3], NULL, 10);
    new_image = malloc(new_bytes ? new_bytes : 1);
    scratch_bytes = airdelta_scratch_bytes(4096);
    scratch = malloc(scratch_bytes);
    if (decode(patch, patch_bytes, 0) != AIRDELTA_DONE) return 1;
    uint32_t rounds = (uint32_t)strtoul(arguments[4], NULL, 10);
    uint32_t decoded = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t kept = round % 4u ? patch_bytes : next_random() % (patch_bytes + 1u);
        uint8_t *copy = malloc(kept ? kept : 1);
        memcpy(copy, patch, kept);
        for (uint32_t changes = 1u + next_random() % 3u; changes > 0 && kept > 0; changes--) {
            uint32_t place = next_random() % (next_random() % 2u ? kept : kept < 40u ? kept : 40u);
            copy[place] = (uint8_t)next_random();
        }
        if (kept > 0 && decode(copy, kept, round % 2u) == AIRDELTA_DONE) decoded++;
        free(copy);
    }
    printf("%u of %u decoded\n", decoded, rounds);
    free(patch);
    free(base);
    free(new_image);
    free(scratch);
    return 0;
}
