/*
 * What a payload decoder is to the device: fed with payload bytes, run in slices, emitting the new
 * image in ascending order. The device checks sizes, the rehearsal's digest proves the result.
 */
#ifndef AIRDELTA_DECODER_H
#define AIRDELTA_DECODER_H

#include "airdelta_device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a decoder says: the values of `airdelta_status` in airdelta.h; negative ones are final. */
enum airdelta_decode {
    AIRDELTA_DECODE_DONE = 0,
    AIRDELTA_DECODE_NEEDS_INPUT = 1,
    AIRDELTA_DECODE_BUSY = 2,
    AIRDELTA_DECODE_FAILED = -1,
    AIRDELTA_DECODE_NO_MEMORY = -4
};

/* What a decoder may touch; `begin` copies it. Callbacks return 0, or anything else to abort.
 * Scratch is erased once, from its start, and then programmed in ascending multiples of 64 bytes;
 * `scratch_bytes` is 0 where the layout has none. */
struct airdelta_decoder_io {
    void *context;
    uint32_t base_bytes;
    uint32_t new_bytes;
    uint32_t payload_bytes;
    int (*read_base)(void *context, uint32_t offset, uint8_t *bytes, uint32_t count);
    int (*write_new)(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count);
    uint32_t scratch_bytes;
    int (*scratch_erase)(void *context, uint32_t count);
    int (*scratch_program)(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count);
    int (*scratch_read)(void *context, uint32_t offset, uint8_t *bytes, uint32_t count);
};

struct airdelta_decoder {
    uint32_t payload_format; /* the number in the manifest */
    /* Memory that decoding takes, by the first bytes of a payload (128, or all); 0: malformed. */
    uint32_t (*memory_bytes)(const struct airdelta_decoder_io *io, const uint8_t *bytes,
                             uint32_t count);
    int (*begin)(void *memory, uint32_t memory_bytes, const struct airdelta_decoder_io *io);
    int (*feed)(void *memory, const uint8_t *bytes, uint32_t count, uint32_t *taken);
    int (*step)(void *memory, uint32_t budget);
    /* When it is done: how code moved, as airdelta_tables.h says it. NULL: that is not known. */
    uint32_t (*table_rows)(const void *memory, uint32_t table);
    void (*table_row)(void *memory, uint32_t table, uint32_t index, uint32_t row[]);
    /* For streaming (airdelta_streaming.h): how many of the first bytes of its memory are all that it
     * knows, and going on with a copy of them in another boot. NULL: that cannot be. */
    uint32_t (*state_bytes)(const void *memory);
    int (*resume)(void *memory, const struct airdelta_decoder_io *io);
};

/* The format `full`: the payload is the new image. Always on board. */
extern const struct airdelta_decoder airdelta_full_decoder;

#ifdef __cplusplus
}
#endif

#endif
