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

/* Whether an address spelled out in the code is one, rather than a number. */
static int is_address(const struct ad_parameters *parameters, uint32_t address)
{
    uint32_t offset;
    return is_in_ram(parameters, address) ||
           ad_offset_of(parameters->base, parameters->sections, address, &offset);
}

static int find_pointer(struct ad_state *state, const uint8_t *code, struct ad_instruction *field)
{
    const struct ad_parameters *parameters = &state->parameters;
    uint32_t word = ad_get32(code);
    uint32_t kind = AD_FIELD_POINTER;
    uint32_t offset;
    if (is_in_ram(parameters, word)) {
        kind = AD_FIELD_RAM_POINTER;
    } else if (!ad_offset_of(parameters->base, parameters->sections, word, &offset)) {
        return 0;
    }
    *field = (struct ad_instruction){4, (uint8_t)kind, 0, 0, 0, word};
    return 1;
}

/* Find the field at the position, or say how many bytes up to the next place to look. */
static struct ad_instruction find_field(struct ad_state *state, uint32_t position,
                                        uint32_t base_position, const uint8_t *code)
{
    const struct ad_parameters *parameters = &state->parameters;
    struct ad_instruction field = {1, AD_FIELD_NONE, 0, 0, 0, 0};
    enum ad_architecture architecture = (enum ad_architecture)parameters->architecture;
    if (((base_position | position) & 3u) == 0 && parameters->has_pointers &&
        find_pointer(state, code, &field)) {
        return field;
    }
    uint32_t alignment = parameters->alignment;
    if (architecture == AD_ARCH_NONE || ((base_position | position) & (alignment - 1u)) ||
        base_position < state->walk.next_instruction) {
        return field;
    }
    uint32_t address = ad_address_of(parameters->base, parameters->sections, base_position);
    field = ad_find_instruction(architecture, code, address);
    state->walk.next_instruction = base_position + field.length;
    if (field.is_value && !is_address(parameters, field.target)) field.kind = AD_FIELD_NONE;
    if (field.kind == AD_FIELD_NONE) field.length = (uint8_t)ad_min(field.length, alignment);
    return field;
}

void ad_predict(struct ad_state *state, uint32_t position)
{
    struct ad_piece *piece = &state->walk.piece;
    const struct ad_segment *segment = &state->segment;
    uint32_t base_position = segment->base_start + (position - segment->new_start);
    uint32_t left = segment->new_start + segment->length - position;
    const uint8_t *code = ad_base_at(state, base_position);
    piece->start = position;
    piece->certainty = AD_CERTAIN;
    piece->is_changed = 0;
    piece->field = find_field(state, position, base_position, code);
    if (piece->field.length > left) {
        piece->field.length = (uint8_t)left;
        piece->field.kind = AD_FIELD_NONE;
    }
    piece->length = piece->field.length;
    memcpy(piece->predicted, code, AD_MAX_FIELD_BYTES);
    if (piece->field.kind == AD_FIELD_NONE) return;

    const struct ad_parameters *parameters = &state->parameters;
    piece->new_address = ad_address_of(parameters->new_, parameters->sections, position);
    piece->new_target = map_target(state, base_position, piece);
    ad_write_target((enum ad_architecture)parameters->architecture, &piece->field,
                    piece->predicted, piece->new_address, piece->new_target);
    piece->is_changed = memcmp(piece->predicted, code, piece->length) != 0;
}

void ad_learn_piece(struct ad_state *state)
{
    struct ad_piece *piece = &state->walk.piece;
    uint32_t kind = piece->field.kind;
    uint32_t target;
    if (kind == AD_FIELD_NONE) return;
    int is_half = kind == AD_FIELD_HIGH || kind == AD_FIELD_LOW;
    int is_missed = memcmp(piece->predicted, piece->actual, piece->length) != 0;
    if (!is_half && !is_missed) return;
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
