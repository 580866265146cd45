/*
 * The match model of the large tier: what followed the last bytes when they occurred before, in the
 * base image or in the new one.
 */
#ifndef AIRDELTA_MATCH_MODEL_H
#define AIRDELTA_MATCH_MODEL_H

#include "state.h"

struct ad_match_guess {
    uint32_t byte;
    uint32_t length; /* bytes that agreed before; 0: no guess */
};

#ifndef AIRDELTA_TINY_ONLY

/* Guess the next byte. */
struct ad_match_guess ad_match_guess(struct ad_state *state);

/* Move on to the position; the last byte is in the history. */
void ad_match_advance(struct ad_state *state);

#else

static inline struct ad_match_guess ad_match_guess(struct ad_state *state)
{
    struct ad_match_guess none = {0, 0};
    (void)state;
    return none;
}

static inline void ad_match_advance(struct ad_state *state)
{
    (void)state;
}

#endif

/* The guess as a key for counters. */
static inline uint32_t ad_match_key(const struct ad_match_guess *guess)
{
    return guess->length ? guess->byte | (guess->length < 31u ? guess->length : 31u) << 8 : 0;
}

#endif
