/* Spelled out bytes: eight binary decisions in a mix of contexts. */
#ifndef AIRDELTA_LITERAL_H
#define AIRDELTA_LITERAL_H

#include "state.h"

/* What is known about a byte before it is spelled out. */
struct ad_literal_context {
    uint32_t is_aligned;   /* inside a segment, so that there is a prediction */
    uint32_t predicted;
    uint32_t kind;         /* of the field, enum ad_field_kind */
    uint32_t field_place;  /* of the byte in its field */
    uint32_t base_before;  /* the base's byte and its neighbours */
    uint32_t base_byte;
    uint32_t base_after;
    uint32_t position;
};

/* Code a byte. */
uint8_t ad_code_literal(struct ad_state *state, const struct ad_literal_context *context,
                        uint32_t told);

/* Learn how a byte of the base image is spelled out, without coding it. */
void ad_learn_literal(struct ad_state *state, uint32_t position, uint8_t byte);

#endif
