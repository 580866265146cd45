/*
 * Compilers: how the application of a device with one slot makes what its installer executes, while
 * the old image still works. Where the installer takes the new image itself, none is needed.
 */
#ifndef AIRDELTA_COMPILER_H
#define AIRDELTA_COMPILER_H

#include "airdelta_device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The functions are called in this order; all but `begin` may fail, and then the update is refused.
 * `memory` is the first `memory_bytes` of the work memory; the decoder has the rest. */
struct airdelta_compiler {
    uint32_t (*memory_bytes)(const struct airdelta_layout *layout);
    /* The new image is about to be decoded, for the first time. */
    void (*begin)(struct airdelta_device *device);
    int (*see)(struct airdelta_device *device, uint32_t offset, const uint8_t *bytes,
               uint32_t count);
    /* It was decoded, and is the signed one: write what had to be known before. In slices. */
    airdelta_device_status (*write_head)(struct airdelta_device *device);
    /* It is decoded again, to be compiled. */
    int (*begin_compiling)(struct airdelta_device *device);
    int (*compile)(struct airdelta_device *device, const uint8_t *bytes, uint32_t count);
    int (*end_compiling)(struct airdelta_device *device);
    /* Digest what executing the program will make of the slot, in slices. */
    int (*begin_rehearsal)(struct airdelta_device *device);
    airdelta_device_status (*rehearse)(struct airdelta_device *device);
};

/* The compiler of airdelta_in_place_installer's programs. */
extern const struct airdelta_compiler airdelta_in_place_compiler;

#ifdef __cplusplus
}
#endif

#endif
