/* Bytes that are spelled out: where the prediction failed, and where there is none. */
#ifndef AIRDELTA_LITERAL_H
#define AIRDELTA_LITERAL_H

#include "state.h"

/* What is known about the byte before it is read; all 0 outside segments. */
struct ad_literal_context {
    const uint8_t *base; /* the aligned byte of the base image, with others around it */
    uint8_t predicted;
    uint8_t kind;        /* enum ad_field_kind */
    uint8_t place;       /* in the field */
};

/* Code the next byte of the new image. */
uint32_t ad_code_literal(struct ad_state *state, const struct ad_literal_context *context,
                         uint32_t told);

#endif
