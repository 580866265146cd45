/*
 * The image coder: the bytes of the new image, given the segment map and the predictions.
 *
 * A segment is cut into blocks. One flag says that a whole block is as predicted ("clean"). In the
 * others each byte has a hit flag; a missed byte is the base's own, or spelled out in eight bits.
 * Bytes outside segments are spelled out.
 */
#ifndef AIRDELTA_IMAGE_CODER_H
#define AIRDELTA_IMAGE_CODER_H

#include "state.h"

/* Code the next clean block or the next byte; `state->position` moves on. */
void ad_code_image_unit(struct ad_state *state);

/* Teach the literal model one byte of the base image. */
void ad_learn_base_byte(struct ad_state *state, uint8_t byte);

/* Go to the start of the new image, after the base was learned. */
void ad_learn_base_end(struct ad_state *state);

#endif
