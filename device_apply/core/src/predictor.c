/* Prediction of relocated fields, see predictor.h. */
#include "predictor.h"

#include <string.h>

#include "fixed_point.h"

void ad_walk_begin(struct ad_state *state)
{
    state->walk.next_instruction = state->segment.base_start;
    state->walk.piece.length = 0;
}

static int is_in_ram(const struct ad_parameters *parameters, uint32_t address)
{
    return address - parameters->ram_start < parameters->ram_length;
}

/* Where a base address refers to in the new image. */
static uint32_t map_target(struct ad_state *state, uint32_t base_position, struct ad_piece *piece)
{
    const struct ad_parameters *parameters = &state->parameters;
    uint32_t target = piece->field.target;
    uint32_t learned;
    uint32_t offset;
    piece->is_variable = 0;
    if (ad_offset_of(parameters->base, parameters->sections, target, &offset)) {
        const struct ad_segment *segment = &state->segment;
        uint32_t moved;
        uint32_t within = offset - segment->base_start;
        if (within < segment->length) {
            moved = segment->new_start + within;
            piece->certainty = AD_CERTAIN;
        } else {
            uint32_t hint = offset + piece->start - base_position;
            piece->certainty = (uint8_t)ad_map_offset(&state->map, offset, hint, &moved);
            if (piece->certainty != AD_CERTAIN &&
                ad_recall_target(&state->learned, target, &learned)) {
                piece->certainty = AD_LEARNED;
                return learned;
            }
        }
        return ad_address_of(parameters->new_, parameters->sections, moved);
    }
    piece->certainty = AD_OUTSIDE;
    piece->is_variable = piece->field.kind >= AD_FIELD_ADDRESS;
    if (ad_recall_target(&state->learned, target, &learned)) {
        piece->certainty = AD_LEARNED;
        return learned;
    }
    return piece->is_variable ? target + ad_recall_shift(&state->learned, target) : target;
}

/* The kind of pointer that the word is, if any. */
static uint32_t pointer_kind(const struct ad_parameters *parameters, uint32_t word)
{
    uint32_t offset;
    if (is_in_ram(parameters, word)) return AD_FIELD_RAM_POINTER;
    return ad_offset_of(parameters->base, parameters->sections, word, &offset) ? AD_FIELD_POINTER
                                                                               : AD_FIELD_NONE;
}

/* Find the field at the position, or say how many bytes up to the next place to look. */
static void find_field(struct ad_state *state, uint32_t position, uint32_t base_position,
                       const uint8_t *code)
{
    const struct ad_parameters *parameters = &state->parameters;
    struct ad_instruction *field = &state->walk.piece.field;
    uint32_t places = base_position | position;
    if ((places & 3u) == 0 && parameters->has_pointers) {
        uint32_t kind = pointer_kind(parameters, ad_get32(code));
        if (kind != AD_FIELD_NONE) {
            *field = (struct ad_instruction){4, (uint8_t)kind, 0, 0, 0, ad_get32(code)};
            return;
        }
    }
    uint32_t alignment = parameters->alignment;
    field->length = 1;
    field->kind = AD_FIELD_NONE;
    if (parameters->architecture == AD_ARCH_NONE || (places & (alignment - 1u)) ||
        base_position < state->walk.next_instruction) {
        return;
    }
    uint32_t address = ad_address_of(parameters->base, parameters->sections, base_position);
    *field = ad_find_instruction((enum ad_architecture)parameters->architecture, code, address);
    state->walk.next_instruction = base_position + field->length;
    if (field->is_value && pointer_kind(parameters, field->target) == AD_FIELD_NONE) {
        field->kind = AD_FIELD_NONE; /* a number that looks like an address */
    }
    if (field->kind == AD_FIELD_NONE) field->length = (uint8_t)ad_min(field->length, alignment);
}

/* Complete the piece whose field was found in the base image's bytes at `code`. */
static void predict_piece(struct ad_state *state, uint32_t position, uint32_t base_position,
                          const uint8_t *code)
{
    const struct ad_parameters *parameters = &state->parameters;
    struct ad_piece *piece = &state->walk.piece;
    uint32_t left = state->segment.new_start + state->segment.length - position;
    if (piece->field.length > left) { /* cut off: no field */
        piece->field.length = (uint8_t)left;
        piece->field.kind = AD_FIELD_NONE;
    }
    piece->start = position;
    piece->length = piece->field.length;
    piece->certainty = AD_CERTAIN;
    piece->is_changed = 0;
    piece->is_missed = 0;
    memcpy(piece->predicted, code, AD_MAX_FIELD_BYTES);
    if (piece->field.kind == AD_FIELD_NONE) return;
    piece->new_address = ad_address_of(parameters->new_, parameters->sections, position);
    piece->new_target = map_target(state, base_position, piece);
    ad_write_target((enum ad_architecture)parameters->architecture, &piece->field,
                    piece->predicted, piece->new_address, piece->new_target);
    piece->is_changed = ad_get32(piece->predicted) != ad_get32(code) ||
                        ad_get32(piece->predicted + 4) != ad_get32(code + 4);
}

uint32_t ad_predict(struct ad_state *state, uint32_t position, uint32_t end, uint8_t *plain)
{
    struct ad_piece *piece = &state->walk.piece;
    const struct ad_segment *segment = &state->segment;
    uint32_t shift = segment->base_start - segment->new_start;
    piece->length = 0;
    for (;;) {
        const uint8_t *code = ad_base_at(state, position + shift);
        find_field(state, position, position + shift, code);
        uint32_t length = piece->field.length;
        if (piece->field.kind != AD_FIELD_NONE || length > end - position) {
            predict_piece(state, position, position + shift, code);
            return position;
        }
        memcpy(plain, code, AD_PLAIN_MARGIN);
        plain += length;
        position += length;
        if (position == end) return end;
    }
}

void ad_learn_piece(struct ad_state *state)
{
    struct ad_piece *piece = &state->walk.piece;
    uint32_t kind = piece->field.kind;
    uint32_t target;
    if (kind == AD_FIELD_NONE) return;
    int is_half = kind == AD_FIELD_HIGH || kind == AD_FIELD_LOW;
    if (!is_half && !piece->is_missed) return;
    if (!ad_read_target((enum ad_architecture)state->parameters.architecture, &piece->field,
                        piece->actual, piece->new_address, &target)) {
        return;
    }
    if (is_half && !ad_join_halves(&state->learned, piece->field.target, target,
                                   kind == AD_FIELD_HIGH, &target)) {
        return;
    }
    if (target == piece->new_target) return;
    if (kind == AD_FIELD_RAM_POINTER && !is_in_ram(&state->parameters, target)) return;
    ad_learn_target(&state->learned, piece->field.target, target, piece->is_variable);
}
