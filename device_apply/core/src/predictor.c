/* Prediction of relocated fields, see predictor.h. */
#include "predictor.h"

#include "fixed_point.h"

/* The kind of pointer that the word is, if any. */
static uint32_t pointer_kind(const struct ad_parameters *parameters, uint32_t word)
{
    if (word - parameters->ram_start < parameters->ram_length) return AD_FIELD_RAM_POINTER;
    return ad_offset_of(parameters, word) == AD_NOWHERE ? AD_FIELD_NONE : AD_FIELD_POINTER;
}

/* The kind of pointer that is at the position, if any. */
AD_OUT_OF_LINE static uint32_t pointer_at(const struct ad_parameters *parameters, uint32_t places,
                           const uint8_t *code)
{
    if ((places & 3u) != 0 || !parameters->has_pointers) return AD_FIELD_NONE;
    return pointer_kind(parameters, ad_get32(code));
}

/* Find the field at the position; returns the length of what stands there. */
static uint32_t find_field(const struct ad_parameters *parameters, struct ad_instruction *field,
                           uint32_t position, uint32_t base_position, const uint8_t *code)
{
    enum ad_architecture architecture = (enum ad_architecture)parameters->architecture;
    uint32_t places = base_position | position;
    field->kind = (uint8_t)pointer_at(parameters, places, code);
    if (field->kind != AD_FIELD_NONE) {
        field->target = ad_get32(code);
        return 4;
    }
    if (places & (ad_code_alignment(architecture) - 1u)) return 1;
    uint32_t length = ad_plain_length(architecture, code);
    if (length == 0) {
        ad_decode_instruction(architecture, field, code,
                              ad_address_of(parameters, parameters->base, base_position));
        length = field->length;
        if (field->is_value && pointer_kind(parameters, field->target) == AD_FIELD_NONE) {
            field->kind = AD_FIELD_NONE; /* a number that looks like an address */
        }
        if (field->kind != AD_FIELD_NONE) return length;
    }
    uint32_t aligned = 4u - (base_position & 3u);
    if (aligned < length &&
        pointer_at(parameters, (base_position + aligned) | (position + aligned), code + aligned)) {
        return aligned; /* no instruction, but the end of data */
    }
    return length;
}

/* Find out where the field refers to in the new image. */
static void map_target(struct ad_state *state, struct ad_piece *piece)
{
    const struct ad_parameters *parameters = &state->parameters;
    const struct ad_segment *segment = &state->segment;
    uint32_t target = piece->field.target;
    uint32_t offset = ad_offset_of(parameters, target);
    uint32_t within = offset - segment->base_start;
    piece->is_variable = 0;
    if (offset != AD_NOWHERE) {
        uint32_t moved = segment->new_start + within;
        if (within >= segment->length) {
            piece->certainty = (uint8_t)ad_map_offset(state, offset, moved, &moved);
        }
        piece->new_target = ad_address_of(parameters, parameters->new_, moved);
    } else {
        piece->certainty = AD_OUTSIDE;
        piece->is_variable = piece->field.kind >= AD_FIELD_ADDRESS;
        piece->new_target = target;
        if (piece->is_variable) piece->new_target += ad_recall_shift(state, target);
    }
    if (piece->certainty == AD_CERTAIN) return;
    uint32_t learned = ad_recall_target(state, target);
    if (learned) {
        piece->new_target = learned;
        piece->certainty = AD_LEARNED;
    }
}

uint32_t ad_predict(struct ad_state *state, uint32_t position, uint32_t end, uint8_t *bytes,
                    struct ad_piece *piece)
{
    const struct ad_parameters *parameters = &state->parameters;
    const struct ad_segment *segment = &state->segment;
    uint32_t shift = segment->base_start - segment->new_start;
    uint32_t segment_end = segment->new_start + segment->length;
    const uint8_t *code = ad_base_at(state, position + shift);
    piece->certainty = AD_CERTAIN;
    piece->is_changed = 0;
    do {
        uint32_t start = position;
        ad_put32(bytes, ad_get32(code));
        uint32_t length =
            find_field(parameters, &piece->field, position, position + shift, code);
        position += length;
        if (position > segment_end) { /* cut off: no field */
            position = segment_end;
            piece->field.kind = AD_FIELD_NONE;
        }
        if (piece->field.kind != AD_FIELD_NONE) {
            piece->new_address = ad_address_of(parameters, parameters->new_, start);
            map_target(state, piece);
            ad_write_target((enum ad_architecture)parameters->architecture, &piece->field, bytes,
                            piece->new_address, piece->new_target);
            piece->is_changed = ad_get32(bytes) != ad_get32(code);
            break;
        }
        code += length;
        bytes += length;
    } while (position < end);
    return position;
}

void ad_learn_piece(struct ad_state *state, const struct ad_piece *piece, const uint8_t *actual,
                    uint32_t is_missed)
{
    const struct ad_parameters *parameters = &state->parameters;
    uint32_t kind = piece->field.kind;
    int is_half = kind == AD_FIELD_HIGH || kind == AD_FIELD_LOW;
    uint32_t target;
    if (kind == AD_FIELD_NONE || (!is_half && !is_missed)) return;
    if (!ad_read_target((enum ad_architecture)parameters->architecture, &piece->field, actual,
                        piece->new_address, &target)) {
        return;
    }
    if (is_half && !ad_join_halves(state, piece->field.target, kind == AD_FIELD_HIGH, &target)) {
        return;
    }
    if (target != piece->new_target) {
        ad_learn_target(state, piece->field.target, target, piece->is_variable);
    }
}
