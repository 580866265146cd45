/*
 * The image coder: the new image's bytes in ascending order, given the segment map.
 *
 * Outside segments every byte is spelled out. A segment is cut into blocks, each with a flag: clean
 * blocks are as predicted; in others every byte has its own flag.
 */
#ifndef AIRDELTA_IMAGE_CODER_H
#define AIRDELTA_IMAGE_CODER_H

#include "state.h"

/* Code the next unit: the flag of a block, with the block if it is clean; a piece; or a byte. */
void ad_code_image_unit(struct ad_state *state);

/* Learn the literal model and the match model from the next byte of the base image. */
void ad_learn_base_byte(struct ad_state *state);

/* The base image is learned: begin the new one. */
void ad_learn_base_end(struct ad_state *state);

#endif
