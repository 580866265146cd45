/* Matches in base and new image, see match_model.h. */
#include "match_model.h"

#ifndef AIRDELTA_TINY_ONLY

#include "fixed_point.h"
#include "model.h"

/* The length at which trust in a match stops growing. */
#define LONGEST 63u

/* The byte at `position` of base followed by new image, of which `end` bytes are known. */
static uint8_t byte_at(struct ad_state *state, uint32_t position, uint32_t end)
{
    struct ad_match *match = &state->match;
    uint32_t base_bytes = state->sizes.base_bytes;
    uint32_t start = position & ~15u;
    if (match->cached <= position - start || match->cached_at != start) {
        const struct airdelta_ports *ports = &state->ports;
        uint32_t count = ad_min(16u, end - start);
        uint32_t from_base = start < base_bytes ? ad_min(count, base_bytes - start) : 0;
        uint32_t from_new = count - from_base;
        int failed = 0;
        ad_flush(state, state->position - state->written_bytes);
        if (from_base) failed |= ports->read_base(ports->context, start, match->cache, from_base);
        if (from_new) {
            failed |= ports->read_new(ports->context, start + from_base - base_bytes,
                                      match->cache + from_base, from_new);
        }
        if (failed) state->status = AIRDELTA_PORT_FAILED;
        match->cached_at = start;
        match->cached = (uint8_t)count;
    }
    return match->cache[position - start];
}

/* Known bytes of base followed by new image; while the base is learned, those before it. */
static uint32_t known_bytes(const struct ad_state *state)
{
    return (state->only_learns ? 0 : state->sizes.base_bytes) + state->position;
}

void ad_match_advance(struct ad_state *state)
{
    uint32_t end = known_bytes(state);
    struct ad_match *match = &state->match;
    const uint8_t *next = ad_next_output(state);
    uint32_t last = (uint32_t)next[-4] << 24 | (uint32_t)next[-3] << 16 | (uint32_t)next[-2] << 8 |
                    next[-1];
    if (match->position) {
        if (byte_at(state, match->position, end) == (last & 255u)) {
            match->length = ad_min(match->length + 1u, LONGEST);
            match->position++;
        } else {
            match->position = match->length = 0;
        }
    }
    uint32_t *entry = &match->table[ad_slot(last, ad_tier(state)->match_bits)];
    if (match->position == 0 && *entry) {
        match->position = *entry;
        match->length = 1;
    }
    *entry = end;
}

struct ad_match_guess ad_match_guess(struct ad_state *state)
{
    struct ad_match_guess guess = {0, 0};
    if (state->match.position) {
        guess.byte = byte_at(state, state->match.position, known_bytes(state));
        guess.length = state->match.length;
    }
    return guess;
}

#endif
