/*
 * The predictor: what a segment's bytes will be, given that code and pointers in it have moved.
 */
#ifndef AIRDELTA_PREDICTOR_H
#define AIRDELTA_PREDICTOR_H

#include "state.h"

/* How a field's new target was found: numbers of the format. */
enum ad_certainty {
    AD_CERTAIN = 0, /* the segment map has it */
    AD_NEARBY = 1,  /* the nearest segment's shift */
    AD_LEARNED = 2, /* an earlier correction */
    AD_OUTSIDE = 3  /* not in the image */
};

/* One predicted piece of a segment: a field, or an instruction or byte that is none. */
struct ad_piece {
    struct ad_instruction field; /* its target is that of the base image */
    uint32_t new_address;
    uint32_t new_target;
    uint8_t certainty;   /* enum ad_certainty */
    uint8_t is_changed;  /* whether the prediction differs from the base */
    uint8_t is_variable; /* whether the target is an address of a variable */
};

/*
 * Predict the bytes of the current segment from new offset `position` on: one piece at least, then
 * all that are no fields, until a piece reaches `end` or is a field. The last one is described in
 * `piece`. Returns the position behind it; `bytes` has room for AD_MAX_PIECE_BYTES more.
 */
uint32_t ad_predict(struct ad_state *state, uint32_t position, uint32_t end, uint8_t *bytes,
                    struct ad_piece *piece);

/* The field turned out to be `actual`: remember where its target really went. */
void ad_learn_piece(struct ad_state *state, const struct ad_piece *piece, const uint8_t *actual,
                    uint32_t is_missed);

#endif
