/*
 * Recovery: no slot may run, and a package from elsewhere brings an image: over a UART
 * (airdelta_smp.h), from a USB stick, from a gold image in external flash.
 *
 * The package is a file as `airdelta build --engine full` writes it, payload included, in pieces
 * from its beginning to its end. It passes the same checks as every update, so it is signed for
 * this device class, and its security counter is that of the last working version or higher; an
 * authorisation to roll back does not count here. Its image goes to the slot that it is linked for,
 * else to one that holds no image that may run, which is erased once the head is verified. A cut on
 * the way leaves the device in recovery.
 */
#ifndef AIRDELTA_RECOVERY_H
#define AIRDELTA_RECOVERY_H

#include "airdelta_device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where packages come from, for ports that wait for them. */
struct airdelta_image_source {
    void *context;
    uint32_t package_bytes;
    /* The next bytes of the package, in order: how many, at most `limit`; 0 if there are none. */
    uint32_t (*read)(void *context, uint8_t *bytes, uint32_t limit);
};

/* One recovery. All fields are private. */
struct airdelta_recovery {
    struct airdelta_device_config config;
    struct airdelta_state state;
    struct airdelta_manifest manifest;
    uint32_t package_bytes;
    uint32_t received_bytes; /* of the package */
    uint32_t head_bytes;     /* 0: not verified yet; what came of the head is in the work memory */
    uint32_t programmed_bytes;
    uint32_t erased_bytes; /* of the slot */
    uint32_t waiting_bytes;
    uint8_t slot; /* that is filled */
    uint8_t burst[AIRDELTA_MAX_FRAGMENT_BYTES];
};

/* Look at what the device remembers. The configuration is that of the application; its work memory
 * has to hold a head. A state log that is lost remembers no security counter: images below
 * `least_security_counter` are too old whatever it says (that of the first release, or what a fuse
 * or a secure element holds). */
airdelta_device_status airdelta_recovery_open(struct airdelta_recovery *recovery,
                                              const struct airdelta_device_config *config,
                                              uint32_t least_security_counter);

/* Expect a package of so many bytes from its first byte on; what came before is forgotten. */
airdelta_device_status airdelta_recovery_begin(struct airdelta_recovery *recovery,
                                               uint32_t package_bytes);

/* Take the next bytes. After the last ones, OK means: the image is in the slot and is the one that
 * was signed, and the next boot runs it. After an error nothing but _begin() goes on. */
airdelta_device_status airdelta_recovery_take(struct airdelta_recovery *recovery,
                                              const uint8_t *bytes, uint32_t count);

/* Take a package that was begun from a source, up to its end, where OK means the same, or until the
 * source has none: WAITING, call it again. */
airdelta_device_status airdelta_recover(struct airdelta_recovery *recovery,
                                        const struct airdelta_image_source *source);

#ifdef __cplusplus
}
#endif

#endif
