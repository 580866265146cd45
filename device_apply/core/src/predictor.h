/*
 * The predictor: what a segment's bytes will be, given that code and pointers in it have moved.
 */
#ifndef AIRDELTA_PREDICTOR_H
#define AIRDELTA_PREDICTOR_H

#include "state.h"

/* Begin a segment. */
void ad_walk_begin(struct ad_state *state);

/* Make `state->walk.piece` the piece that holds new offset `position` of the current segment. */
void ad_predict(struct ad_state *state, uint32_t position);

/* The piece is complete in `actual`: remember where its target really went. */
void ad_learn_piece(struct ad_state *state);

#endif
