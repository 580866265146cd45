/*
 * airdelta: decode a patch against the base image, in bounded memory, without heap or OS.
 *
 * The caller owns one block of memory and three callbacks. It pushes patch bytes in pieces of any
 * size and lets the decoder run in slices of bounded work; the new image comes out in ascending
 * order:
 *
 *     struct airdelta_ports ports = { .context = &slots, .read_base = ..., .write_new = ... };
 *     struct airdelta_sizes sizes = { base_bytes, new_bytes, patch_bytes };   // signed manifest
 *     status = airdelta_begin(memory, sizeof memory, &ports, &sizes);
 *     while (status == AIRDELTA_NEED_INPUT || status == AIRDELTA_BUSY) {
 *         if (status == AIRDELTA_NEED_INPUT) {
 *             ... fetch ...
 *             airdelta_feed(memory, bytes, count, &taken);
 *         }
 *         status = airdelta_step(memory, 4096);
 *     }
 *
 * The memory holds the whole state and can be copied: save it between two calls, put it back after
 * a reset (at any aligned address), call airdelta_resume() with the ports of the
 * new boot and go on. The format of the saved state is that of one build of this library.
 *
 * Nothing in a patch is trusted: every read of the base and every write of the new image stays in
 * the sizes given to airdelta_begin(), and each unit of work takes a bounded number of steps. That
 * the result is the wanted image is for its digest to say, which the caller checks.
 */
#ifndef AIRDELTA_H
#define AIRDELTA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Version of the library: major, minor, patch, one byte each. */
#define AIRDELTA_LIBRARY_VERSION 0x000100u
/* Version of the patch format that this library decodes. */
#define AIRDELTA_FORMAT_VERSION 3u

/* What a call says. Values are stable; negative ones are final. */
typedef enum airdelta_status {
    AIRDELTA_DONE = 0,        /* the new image is complete, all patch bytes are used */
    AIRDELTA_NEED_INPUT = 1,  /* call airdelta_feed() */
    AIRDELTA_BUSY = 2,        /* the slice is used up: call airdelta_step() again */
    AIRDELTA_BAD_ARGUMENT = -1,   /* a null pointer, unaligned memory, a size over 2^30 */
    AIRDELTA_BAD_FORMAT = -2,     /* the patch contradicts itself or the sizes */
    AIRDELTA_UNSUPPORTED = -3,    /* a format version, mode or architecture not built in */
    AIRDELTA_NO_MEMORY = -4,      /* the memory is too small for the tier or the segment map */
    AIRDELTA_TRUNCATED = -5,      /* the patch ends before the new image is complete */
    AIRDELTA_PORT_FAILED = -6     /* a callback returned non-zero */
} airdelta_status;

/* The bytes that the decoder may touch, from the signed manifest. Each at most 2^30. */
struct airdelta_sizes {
    uint32_t base_bytes;
    uint32_t new_bytes;
    uint32_t patch_bytes;
};

/*
 * How the decoder reaches the device. Callbacks return 0, or anything else to abort.
 *
 * The scratch callbacks are optional. With them, a segment map that does not fit in memory goes to
 * scratch flash: airdelta_scratch_bytes() many bytes from offset 0. Erase is called once, for all
 * of them; program is called with ascending offsets, always multiples of 64 bytes; read follows
 * program.
 */
struct airdelta_ports {
    void *context;
    int (*read_base)(void *context, uint32_t offset, uint8_t *bytes, uint32_t count);
    int (*write_new)(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count);
    /* Reads what write_new wrote. Needed by the large tier only. */
    int (*read_new)(void *context, uint32_t offset, uint8_t *bytes, uint32_t count);
    int (*scratch_erase)(void *context, uint32_t count);
    int (*scratch_program)(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count);
    int (*scratch_read)(void *context, uint32_t offset, uint8_t *bytes, uint32_t count);
    uint32_t scratch_bytes;
    /* Called between units of work, at least every few hundred of them. Optional. */
    void (*watchdog)(void *context);
};

/* What decoding one patch takes, from its first bytes. */
struct airdelta_needs {
    uint32_t memory_bytes;  /* the memory block, without segments that stay in memory */
    uint32_t segment_bytes; /* more memory for each segment, or none with scratch */
    uint8_t tier;           /* 0 none (stored or run-length), 1 tiny, 2 standard, 3 large */
    uint8_t architecture;   /* the numbers of docs/PATCH_FORMAT.md */
    uint8_t is_built_in;    /* whether this build can decode it */
};

/* Features compiled in: bit n is architecture n, bit 16 + t is tier t. */
uint32_t airdelta_features(void);

/* Read from the first bytes of a patch (128 are enough) what decoding it takes. */
airdelta_status airdelta_needs_of(const uint8_t *bytes, size_t count, struct airdelta_needs *needs);

/* Scratch flash for a map of that many segments, in bytes; a multiple of 64. */
uint32_t airdelta_scratch_bytes(uint32_t segments);

/* Start to decode. `memory` is aligned like a pointer and holds what airdelta_needs_of() says. */
airdelta_status airdelta_begin(void *memory, size_t memory_bytes,
                               const struct airdelta_ports *ports,
                               const struct airdelta_sizes *sizes);

/* Hand over patch bytes; `*taken` says how many were accepted (none while the buffer is full). */
airdelta_status airdelta_feed(void *memory, const uint8_t *bytes, size_t count, size_t *taken);

/* Do at most `budget` units of work. A unit is one byte or one clean block of the new image, one
 * segment, or one byte of the base image that the large tier learns from. */
airdelta_status airdelta_step(void *memory, uint32_t budget);

/* Go on with a state that was saved between two calls and copied back to `memory`. */
airdelta_status airdelta_resume(void *memory, const struct airdelta_ports *ports);

/* How many of the first bytes of `memory` are the state: those that are worth saving. */
uint32_t airdelta_state_bytes(const void *memory);

/* Segments of the map, 0 until airdelta_step() has read their number. After AIRDELTA_NO_MEMORY it
 * says how much more memory, or scratch, the patch takes. */
uint32_t airdelta_segment_count(const void *memory);

/* Bytes of the new image written so far. */
uint32_t airdelta_written_bytes(const void *memory);

#ifdef __cplusplus
}
#endif

#endif
