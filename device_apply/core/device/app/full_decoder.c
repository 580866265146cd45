/* The format `full`: what is fed comes out. */
#include "airdelta_decoder.h"
#include "wire_numbers.h"

struct full_state {
    struct airdelta_decoder_io io;
    uint32_t written_bytes;
};

static uint32_t memory_bytes(const struct airdelta_decoder_io *io, const uint8_t *bytes,
                             uint32_t count)
{
    (void)io;
    (void)bytes;
    (void)count;
    return sizeof(struct full_state);
}

static int begin(void *memory, uint32_t memory_bytes, const struct airdelta_decoder_io *io)
{
    struct full_state *state = memory;
    if (memory_bytes < sizeof *state || io->payload_bytes != io->new_bytes) {
        return AIRDELTA_DECODE_FAILED;
    }
    *state = (struct full_state){*io, 0};
    return AIRDELTA_DECODE_NEEDS_INPUT;
}

static int feed(void *memory, const uint8_t *bytes, uint32_t count, uint32_t *taken)
{
    struct full_state *state = memory;
    if (count > state->io.new_bytes - state->written_bytes ||
        state->io.write_new(state->io.context, state->written_bytes, bytes, count) != 0) {
        return AIRDELTA_DECODE_FAILED;
    }
    state->written_bytes += count;
    *taken = count;
    return AIRDELTA_DECODE_BUSY;
}

static int step(void *memory, uint32_t budget)
{
    const struct full_state *state = memory;
    (void)budget;
    return state->written_bytes == state->io.new_bytes ? AIRDELTA_DECODE_DONE
                                                        : AIRDELTA_DECODE_NEEDS_INPUT;
}

static uint32_t state_bytes(const void *memory)
{
    (void)memory;
    return sizeof(struct full_state);
}

static int resume(void *memory, const struct airdelta_decoder_io *io)
{
    struct full_state *state = memory;
    state->io = *io;
    return AIRDELTA_DECODE_NEEDS_INPUT;
}

const struct airdelta_decoder airdelta_full_decoder = {
    WIRE_FORMAT_FULL, memory_bytes, begin, feed, step, NULL, NULL, state_bytes, resume};
