/*
 * A fault sweep and damaged heads under sanitizers: sanitized_sweep HEAD BASE NEW MESSAGE
 * SIGNATURE IDENTIFIERS (files). Ends with 0 if the sweep found nothing; a sanitizer ends it otherwise.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sweep.h"

#define SECTORS 40u
#define SECTOR_BYTES 512u

struct file {
    uint8_t *bytes;
    uint32_t size;
};

static struct file load(const char *path)
{
    struct file file = {malloc(1u << 16), 0};
    FILE *stream = fopen(path, "rb");
    if (stream == NULL || file.bytes == NULL) exit(2);
    file.size = (uint32_t)fread(file.bytes, 1, 1u << 16, stream);
    fclose(stream);
    return file;
}

/* Offer a head from memory that ends where it ends. */
static int offer_exactly(struct bench *bench, const uint8_t *head, uint32_t size)
{
    uint8_t *exact = malloc(size + (size == 0));
    if (exact == NULL) exit(2);
    memcpy(exact, head, size);
    int status = bench_offer(bench, exact, size, 100);
    free(exact);
    return status;
}

static int offer_damaged(struct bench *bench, const struct file *head)
{
    for (uint32_t size = 0; size < head->size; size++) {
        if (offer_exactly(bench, head->bytes, size) >= 0) return 1;
    }
    for (uint32_t at = 0; at < head->size; at++) {
        for (uint32_t value = 1; value < 256; value++) {
            head->bytes[at] ^= (uint8_t)value;
            int status = offer_exactly(bench, head->bytes, head->size);
            head->bytes[at] ^= (uint8_t)value;
            if (status >= 0) return 1;
        }
    }
    return 0;
}

int main(int count, char **paths)
{
    static struct flash_model_sector sectors[SECTORS];
    struct sweep_report report = {0};
    struct sweep_case none = {.count = 0};
    struct sweep_result uncut;
    if (count != 7) return 2;
    struct file head = load(paths[1]), base = load(paths[2]), new_image = load(paths[3]);
    struct file message = load(paths[4]), signature = load(paths[5]), class_id = load(paths[6]);
    for (uint32_t i = 0; i < SECTORS; i++) sectors[i] = (struct flash_model_sector){512, 1};
    struct flash_model_part part = {sectors, SECTORS, 4, 1000, 0xFF, 1};
    struct airdelta_layout layout = {
        .slots = {{0, 8 * SECTOR_BYTES}, {8 * SECTOR_BYTES, 8 * SECTOR_BYTES}},
        .download = {16 * SECTOR_BYTES, 16 * SECTOR_BYTES},
        .state = {32 * SECTOR_BYTES, 8 * SECTOR_BYTES},
        .state_bank_bytes = 2 * SECTOR_BYTES,
        .write_unit_bytes = 4,
        .erased_value = 0xFF,
    };
    struct bench *bench = bench_new(&part, &layout, class_id.bytes, 8192);
    if (bench == NULL || bench_provision(bench, 0, base.bytes, base.size, 3) != 0) return 2;
    bench_trust(bench, -19, message.bytes, signature.bytes);
    struct sweep_update update = {head.bytes, new_image.bytes, base.bytes, new_image.bytes,
                                  head.size,  new_image.size,  base.size,  new_image.size,
                                  3,          4,               100};
    struct sweep *sweep = sweep_new(bench, &update);
    if (sweep == NULL) return 2;
    sweep_run(sweep, &none, &uncut);
    sweep_single_cuts(sweep, 1, uncut.operations, 0, &report);
    sweep_drawn_cuts(sweep, 0, 100, 9, &report);
    sweep_free(sweep);
    printf("%u cases, %u boots, %u failures\n", report.cases, report.boots, report.failures);
    if (report.failures > 0 || uncut.verdict != SWEEP_OK) return 1;
    if (bench_boot(bench) != 0 || offer_damaged(bench, &head) != 0) return 1;
    bench_free(bench);
    struct file *files[] = {&head, &base, &new_image, &message, &signature, &class_id};
    for (uint32_t i = 0; i < 6; i++) free(files[i]->bytes);
    return 0;
}
