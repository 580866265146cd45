/*
 * The predictor: what a segment's bytes will be, given that code and pointers in it have moved.
 */
#ifndef AIRDELTA_PREDICTOR_H
#define AIRDELTA_PREDICTOR_H

#include "state.h"

/* Begin a segment. */
void ad_walk_begin(struct ad_state *state);

/*
 * Go on from new offset `position` of the current segment: pieces that are taken over as they are
 * and end by `end` are copied to `plain` (with room for AD_PLAIN_MARGIN bytes more), the first
 * other one becomes `state->walk.piece`. Returns where that one starts, or `end`.
 */
uint32_t ad_predict(struct ad_state *state, uint32_t position, uint32_t end, uint8_t *plain);

/* The piece is complete in `actual`: remember where its target really went. */
void ad_learn_piece(struct ad_state *state);

#endif
