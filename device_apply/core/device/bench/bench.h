/*
 * A device on the bench: the device library over the flash model, and a power switch.
 *
 * Every call that runs device code may be ended by a planned cut; it says BENCH_POWER_LOST then,
 * and the next call is bench_boot(). The cut leaves device code by longjmp, as a real one would.
 * Test equipment: it allocates, and no device links it.
 */
#ifndef AIRDELTA_BENCH_H
#define AIRDELTA_BENCH_H

#include <stdint.h>

#include "airdelta_device.h"
#include "airdelta_key_ring.h"
#include "airdelta_keys.h"
#include "flash_model.h"

/* Besides the values of `airdelta_device_status`. */
#define BENCH_POWER_LOST 64

struct bench;

/* How images get into slots, as host and tools number it. */
enum bench_installer_kind {
    BENCH_AB = 0,
    BENCH_OVERWRITE = 1,
    BENCH_IN_PLACE = 2
};
const struct airdelta_installer *bench_installer(uint32_t kind);

/* A bench with a blank flash; NULL if part and layout do not fit, or memory is short. Beside
 * `work_bytes` there is what the compiler of a commit in place takes. */
struct bench *bench_new(const struct flash_model_part *part, const struct airdelta_layout *layout,
                        const uint8_t *class_id, uint32_t work_bytes);
void bench_free(struct bench *bench);

struct flash_model *bench_flash(struct bench *bench);

/* Believe exactly this signature over exactly this message. */
void bench_trust(struct bench *bench, int32_t algorithm, const uint8_t *message,
                 const uint8_t *signature);
/* A payload that waits in the download area, whole, and the base image that it is for. */
struct bench_payload {
    uint32_t payload_format;
    uint32_t payload_bytes;
    uint32_t base_bytes;
    uint32_t new_bytes;
    const uint8_t *payload;
    const uint8_t *base; /* NULL where only the needs are asked for */
};

/* What a host does for the device on its bench. None of it may touch the bench. */
struct bench_host {
    void *context;
    /* Whether a trusted key made `signature`. */
    int (*verify)(void *context, int32_t algorithm, const uint8_t *message, uint32_t count,
                  const uint8_t *signature, uint32_t signature_bytes);
    /* Memory that a decoder gets; 0: malformed; BENCH_TOO_MUCH: it wants more than the device has.
     * For airdelta patches that of `airdelta_patch_decoder`, so that the segment map goes where it
     * goes on the device. */
    uint32_t (*memory_bytes)(void *context, const struct bench_payload *payload);
    /* Decode a format that the library does not; 0, or anything else to refuse. */
    int (*decode)(void *context, const struct bench_payload *payload, uint8_t *new_image);
};

#define BENCH_TOO_MUCH UINT32_MAX

/* Let the host verify signatures, and decode these payload formats; 0, or -1 if memory is short.
 * Patches of airdelta stay with the library; the host says how much memory they get. */
int bench_lend_host(struct bench *bench, const struct bench_host *host, const uint32_t *formats,
                    uint32_t count);

/* Connect what keeps the keys that decrypt; the bench takes a copy of the pointers. */
void bench_lend_keys(struct bench *bench, const struct airdelta_key_store *keys);

void bench_permit(struct bench *bench, int may_commit);
void bench_set_clock(struct bench *bench, uint32_t now_ms);

/* Program an image into a slot, without a record of it. */
int bench_put_image(struct bench *bench, uint8_t slot, const uint8_t *image, uint32_t bytes);
int bench_provision(struct bench *bench, uint8_t slot, const uint8_t *image, uint32_t bytes,
                    uint32_t security_counter);

/* Power on, bootloader, start of the application. */
int bench_boot(struct bench *bench);
/* The bootloader alone, and the application alone. */
int bench_run_bootloader(struct bench *bench);
int bench_start_application(struct bench *bench);

/* One slice, and all slices until it says something else than BUSY. */
int bench_offer_slice(struct bench *bench, const uint8_t *head, uint32_t head_bytes,
                      uint32_t fragment_bytes);
int bench_offer(struct bench *bench, const uint8_t *head, uint32_t head_bytes,
                uint32_t fragment_bytes);
int bench_receive(struct bench *bench, uint32_t index, const uint8_t *bytes, uint32_t count);
int bench_deliver(struct bench *bench, const uint8_t *payload, uint32_t payload_bytes,
                  uint32_t fragment_bytes);
int bench_install_slice(struct bench *bench);
int bench_install(struct bench *bench);
int bench_confirm(struct bench *bench);

/* Instead of an application, after the bootloader found nothing to run: recovery over a serial
 * line. What is heard is taken byte by byte; 1 if the client wants a reset. */
int bench_recover(struct bench *bench);
int bench_hear(struct bench *bench, const uint8_t *bytes, uint32_t count);
/* Take what was answered since the last call; how many bytes it is. */
uint32_t bench_said(struct bench *bench, uint8_t *bytes, uint32_t count);

int bench_abandon(struct bench *bench);

uint32_t bench_next_missing(struct bench *bench, uint32_t from);
int bench_is_stalled(struct bench *bench);
void bench_state(const struct bench *bench, struct airdelta_state *state);
void bench_report(const struct bench *bench, struct airdelta_boot_report *report);
/* Longest time between two calls of the watchdog since the last boot, in flash operations. */
uint32_t bench_longest_slice(const struct bench *bench);

/* Whether a slot holds these bytes. */
int bench_slot_is(struct bench *bench, uint8_t slot, const uint8_t *image, uint32_t bytes);
const struct airdelta_layout *bench_layout(const struct bench *bench);

/* Secure boot: believe a signature over any message of at most 160 bytes; run only signed images. */
void bench_trust_message(struct bench *bench, int32_t algorithm, const uint8_t *message,
                         uint32_t count, const uint8_t *signature);
void bench_require_signatures(struct bench *bench);
/* Give the device an identity of 16 bytes. */
void bench_identify(struct bench *bench, const uint8_t *device_id);
int bench_is_signed(struct bench *bench, uint32_t offset, uint32_t bytes);
uint8_t bench_rom_choose(struct bench *bench, const struct airdelta_region *copies, uint8_t count);

/* Recovery: a package in pieces, and one from a source that hands out `piece_bytes` a time. */
int bench_recovery_begin(struct bench *bench, uint32_t package_bytes,
                         uint32_t least_security_counter);
int bench_recovery_take(struct bench *bench, const uint8_t *bytes, uint32_t count);
int bench_recover_from(struct bench *bench, const uint8_t *package, uint32_t count,
                       uint32_t piece_bytes);

/* The configuration: index and three files, and the device's key of 32 bytes. */
void bench_place_configuration(struct bench *bench, const struct airdelta_region *regions,
                               uint32_t index_bank_bytes, const uint8_t *key);
int bench_create_configuration(struct bench *bench);
int bench_open_configuration(struct bench *bench);
int bench_follow_update(struct bench *bench);
int bench_store_configuration(struct bench *bench);
int bench_put_entry(struct bench *bench, uint16_t type, const uint8_t *value, uint16_t count);
const uint8_t *bench_get_entry(struct bench *bench, uint16_t type, uint16_t *count);

/* The key that the device believes, in a region of its own. */
void bench_place_key_ring(struct bench *bench, const struct airdelta_region *region,
                          uint32_t bank_bytes, const uint8_t *vendor_id);
int bench_create_key_ring(struct bench *bench, const struct airdelta_trusted_key *first);
int bench_open_key_ring(struct bench *bench);
int bench_change_key(struct bench *bench, const uint8_t *message, uint32_t count);
void bench_trusted_key(const struct bench *bench, struct airdelta_trusted_key *key);

/* The parts that can be looked at alone. */
int bench_read_manifest(const uint8_t *bytes, uint32_t count, const uint8_t *running_digest,
                        struct airdelta_manifest *manifest);
int bench_admit(struct bench *bench, const uint8_t *head, uint32_t head_bytes);
uint8_t bench_next_lifecycle(uint8_t lifecycle, uint32_t event);
void bench_sha256(const uint8_t *bytes, uint32_t count, uint32_t step, uint8_t *digest);
uint32_t bench_device_bytes(void);

/* The state log alone, with the security counter as its value. -100 - status where it fails. */
int bench_log_create(struct bench *bench, uint32_t value);
int64_t bench_log_open(struct bench *bench);
int bench_log_append(struct bench *bench, uint32_t value);

#endif
