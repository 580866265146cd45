/*
 * The device's configuration: host name, network, keys, whatever has to outlast an update.
 *
 * It is a file of typed entries (SPEC.md section 8) that is replaced as a whole. What firmware does
 * not know it skips and keeps, so an older image reads what a newer one wrote. The file that is
 * current when an update is staged is kept as it is; if the update is reverted, it is current again.
 *
 *     airdelta_configuration_open(&configuration, &config);
 *     airdelta_configuration_follow(&configuration, airdelta_device_state(&device));
 *     name = airdelta_configuration_get(&configuration, HOST_NAME, &count);
 *
 *     airdelta_configuration_put(&configuration, HOST_NAME, "node-7", 6);
 *     airdelta_configuration_store(&configuration);
 *
 * Files are authenticated by a key that only the device has, so whoever can write its external flash
 * cannot point it at another network. Power may fail anywhere: a file is there as a whole or not.
 */
#ifndef AIRDELTA_CONFIGURATION_H
#define AIRDELTA_CONFIGURATION_H

#include "airdelta_device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the format that this library writes, and the newest that it reads. */
#define AIRDELTA_CONFIGURATION_VERSION 1u
#define AIRDELTA_CONFIGURATION_TAG_BYTES 16u
/* Before the entries, and least bytes of a buffer. */
#define AIRDELTA_CONFIGURATION_HEAD_BYTES 12u
#define AIRDELTA_CONFIGURATION_FILES 3u

struct airdelta_configuration_config {
    const struct airdelta_port *port;
    const struct airdelta_layout *layout; /* for write units and erased value */
    struct airdelta_region index;         /* two or more banks that say which file is which */
    uint32_t index_bank_bytes;            /* whole sectors, at least 256 */
    struct airdelta_region files[AIRDELTA_CONFIGURATION_FILES]; /* whole sectors each */
    /* A message authentication code, such as HMAC-SHA-256 cut to 16 bytes, with a key of this
     * device. */
    void (*authenticate)(void *context, const uint8_t *bytes, uint32_t count,
                         uint8_t tag[AIRDELTA_CONFIGURATION_TAG_BYTES]);
    /* Holds a file while it is used. Files that do not fit are refused. */
    uint8_t *buffer;
    uint32_t buffer_bytes;
};

/* The configuration, opened. Private. */
struct airdelta_configuration {
    const struct airdelta_configuration_config *config;
    struct airdelta_log log;
    uint32_t file_bytes; /* in the buffer, without the tag */
    uint8_t current;
    uint8_t backup; /* or AIRDELTA_NO_SLOT */
    uint8_t package_tag[8]; /* of the update that the backup was made for */
};

/* What the factory does: begin with an empty file. */
airdelta_device_status airdelta_configuration_create(
    struct airdelta_configuration *configuration,
    const struct airdelta_configuration_config *config);

/* Find the current file and read it: the first thing after power-on. Where it is not authentic or
 * not readable the backup stands in; AIRDELTA_DEVICE_STATE_LOST: there is none either. */
airdelta_device_status airdelta_configuration_open(
    struct airdelta_configuration *configuration,
    const struct airdelta_configuration_config *config);

/* Do what the update that the device handles asks for: keep the current file when the update is
 * staged, make it current again when it was reverted, forget it when it was confirmed. At start, and
 * after airdelta_device_install() and airdelta_device_confirm() said OK. */
airdelta_device_status airdelta_configuration_follow(struct airdelta_configuration *configuration,
                                                     const struct airdelta_state *state);

/* The value of an entry and its size, or NULL. */
const uint8_t *airdelta_configuration_get(const struct airdelta_configuration *configuration,
                                          uint16_t type, uint16_t *count);

/* Set an entry, or with NULL remove it; in RAM, until it is stored. BAD_ARGUMENT: there is no room. */
airdelta_device_status airdelta_configuration_put(struct airdelta_configuration *configuration,
                                                  uint16_t type, const uint8_t *value,
                                                  uint16_t count);

/* Write what is in RAM as the current file. */
airdelta_device_status airdelta_configuration_store(struct airdelta_configuration *configuration);

#ifdef __cplusplus
}
#endif

#endif
