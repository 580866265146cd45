/*
 * Streaming: the application decodes a payload into the free slot while it is downloaded, so that
 * nothing but one chunk of it is ever kept. For devices with two slots that have no room for a
 * payload. It costs them the image in the free slot as soon as a download begins, and the rehearsal:
 * what came out is known to be right when all of it was read back, not before the slot is erased.
 *
 * A device streams if its configuration names a streamer, its layout has room for checkpoints, and
 * the package carries the hashes of its chunks at full length; any other package is stored first.
 */
#ifndef AIRDELTA_STREAMING_H
#define AIRDELTA_STREAMING_H

#include "airdelta_device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Chunks that are used up between two checkpoints, at least: so many, and those for the rest of a
 * sector, are downloaded again after a reset. */
#define AIRDELTA_CHUNKS_PER_CHECKPOINT 4u
/* What a checkpoint takes beside the state of the decoder. */
#define AIRDELTA_CHECKPOINT_BYTES 320u

struct airdelta_streamer {
    /* Whether a layout has two places for checkpoints. */
    int (*is_possible)(const struct airdelta_device_config *config);
    /* Whether a package is streamed, not stored. */
    int (*takes)(const struct airdelta_chunks *chunks);
    /* Whether buffer and checkpoints have room for it. */
    airdelta_device_status (*check_room)(const struct airdelta_device_config *config,
                                         const struct airdelta_session *session);
    /* Find where a download was cut off. That is believed when the head passed the checks again. */
    void (*resume)(struct airdelta_device *device);
    /* What airdelta_device_next_missing() and airdelta_device_receive() do. */
    uint32_t (*next_missing)(const struct airdelta_device *device, uint32_t from);
    airdelta_device_status (*receive)(struct airdelta_device *device, uint32_t index,
                                      const uint8_t *bytes, uint32_t count);
};

/* The work memory holds the decoder's state and one chunk. Half of `checkpoints` has room for
 * AIRDELTA_CHECKPOINT_BYTES and the work memory without that chunk. */
extern const struct airdelta_streamer airdelta_streamer;

#ifdef __cplusplus
}
#endif

#endif
