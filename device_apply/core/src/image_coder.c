/* Blocks, hits and misses, see image_coder.h. */
#include "image_coder.h"

#include <string.h>

#include "fixed_point.h"
#include "literal.h"
#include "match_model.h"
#include "model.h"
#include "predictor.h"

/* Contexts of flags whose keys are small: they count the slots themselves. */
#define SMALL_KEYS 2u

/* A number's magnitude, as contexts use it. */
static uint32_t magnitude(uint32_t value, uint32_t most)
{
    return ad_min(ad_log2_floor(value), most);
}

/* Code a flag with one input for each context that the tier has. */
AD_INLINE uint32_t code_flag(struct ad_state *state, const uint32_t *keys, const uint8_t *bits,
                             uint32_t contexts, uint32_t first_slot, uint32_t first_weight,
                             uint32_t set, uint32_t told)
{
    struct ad_decision decision;
    struct ad_input *input = decision.inputs;
#pragma GCC unroll 8
    for (uint32_t i = 0; i < contexts; i++) {
        if (bits[i] == 0) continue;
        input++->slot = first_slot + (i < SMALL_KEYS ? keys[i] : ad_slot(keys[i], bits[i]));
        first_slot += 1u << bits[i];
    }
    decision.end = input;
    decision.weights = first_weight + set * (uint32_t)(input + 1 - decision.inputs);
    return ad_code_mixed(state, &decision, told);
}

/* The byte at ad_next_output(), or so many, are now part of the new image. */
static void advance(struct ad_state *state, uint32_t count)
{
    if (!ad_tier(state)->match_bits) {
        state->position += count;
        return;
    }
    while (count-- > 0) {
        state->position++;
        ad_match_advance(state);
    }
}

/* Only the large tier looks at it. */
static void note_difference(struct ad_state *state, int32_t difference)
{
    if (ad_tier(state)->match_bits) state->history.last_difference = difference;
}

#ifdef AIRDELTA_ENCODER
static uint32_t is_block_clean(struct ad_state *state, uint32_t length)
{
    return memcmp(state->told_new + state->position, ad_next_output(state), length) == 0;
}
#endif

/* Code the flag of the next block; if it is clean, take it over. */
static void code_block(struct ad_state *state)
{
    struct ad_history *history = &state->history;
    const struct ad_tier *tier = ad_tier(state);
    uint32_t start = state->position;
    uint32_t end = state->segment.new_start + state->segment.length;
    end = ad_min(end, start + AD_BLOCK_BYTES);
    uint32_t doubtful = 0;
    uint32_t changed = 0;
    uint32_t at = start;
    do {
        struct ad_piece piece;
        at = ad_predict(state, at, end, ad_next_output(state) + (at - start), &piece);
        doubtful += piece.certainty != AD_CERTAIN;
        changed += piece.is_changed;
    } while (at < end);
    uint32_t length = at - start;

    uint32_t few_doubtful = ad_min(doubtful, 3);
    uint32_t keys[AD_CLEAN_CONTEXTS] = {
        few_doubtful | ad_min(changed, 3) << 2 | magnitude(history->clean_blocks + 1u, 7) << 4,
        history->blocks & 63u,
        (history->blocks & 15u) | few_doubtful << 4 | ad_min(changed, 7) << 6,
    };
    uint32_t is_clean =
        code_flag(state, keys, tier->clean_bits, AD_CLEAN_CONTEXTS, 0, 0, few_doubtful,
                  AD_TOLD(is_block_clean(state, length)));
    history->blocks = history->blocks << 1 | (is_clean ^ 1u);
    state->block_end = at;
    state->block_missed = 0;
    history->clean_blocks++;
    if (!is_clean) {
        history->clean_blocks = 0;
        return;
    }
    history->run += length;
    history->misses = length >= 32u ? 0 : history->misses << length;
    advance(state, length);
}

static uint32_t code_hit(struct ad_state *state, const struct ad_piece *piece, uint32_t place,
                         uint32_t predicted, const uint8_t *base, uint32_t told)
{
    const struct ad_history *history = &state->history;
    const struct ad_tier *tier = ad_tier(state);
    uint32_t kind = piece->field.kind;
    uint32_t is_field = kind != AD_FIELD_NONE;
    uint32_t field_missed = is_field && place > 0 && history->misses & 1u;
    uint32_t changed = predicted != *base;
    uint32_t run = magnitude(history->run + 1u, 7);
    uint32_t in_segment = state->position - state->segment.new_start;
    uint32_t segment_left = state->segment.length - in_segment;
    uint32_t last = ad_next_output(state)[-1];
    uint32_t keys[AD_HIT_CONTEXTS] = {
        kind | place << 4 | field_missed << 6 | changed << 7,
        run | (uint32_t)state->block_missed << 3 | is_field << 4,
        (history->misses & 127u) | is_field << 7,
        predicted | kind << 8,
        (uint32_t)piece->certainty | kind << 2,
        last | predicted << 8 | (history->misses & 3u) << 16,
        (uint32_t)base[-1] | (uint32_t)base[0] << 8 | (uint32_t)base[1] << 16,
        magnitude(segment_left, 7) | magnitude(in_segment + 1u, 7) << 3 | ad_min(run, 3) << 6 |
            is_field << 8,
    };
    uint32_t set = run + (is_field ? 8u + field_missed * 8u : 0u);
    return code_flag(state, keys, tier->hit_bits, AD_HIT_CONTEXTS, ad_first_hit(tier),
                     ad_first_hit_weight(tier), set, told);
}

/* Code one piece of a dirty block, byte by byte. */
static void code_piece(struct ad_state *state)
{
    struct ad_history *history = &state->history;
    struct ad_piece piece;
    uint8_t predicted[2u * AD_MAX_PIECE_BYTES];
    uint32_t start = state->position;
    uint32_t length = ad_predict(state, start, start, predicted, &piece) - start;
    uint32_t kind = piece.field.kind;
    const uint8_t *base =
        ad_base_at(state, state->segment.base_start + (start - state->segment.new_start));
    uint32_t is_missed = 0;
    uint32_t is_raw = 0; /* the field keeps the base's bytes after a first one did */
#ifdef AIRDELTA_ENCODER
    state->told_kind = kind;
#endif
    for (uint32_t place = 0; place < length; place++, base++) {
        uint32_t told = AD_TOLD(state->told_new[state->position]);
        uint32_t expected = is_raw ? *base : predicted[place];
        uint32_t byte = expected;
        uint32_t is_miss =
            code_hit(state, &piece, place, expected, base, AD_TOLD(told == expected)) ^ 1u;
        history->run++;
        if (is_miss) {
            uint32_t raw_slot = ad_first_raw(ad_tier(state)) + kind * 4u + place;
            history->run = 0;
            state->block_missed = 1;
            if (expected != *base && ad_code_counted(state, raw_slot, AD_TOLD(told == *base))) {
                is_raw = 1;
                byte = *base;
            } else {
                const struct ad_literal_context context = {base, (uint8_t)expected, (uint8_t)kind,
                                                           (uint8_t)place};
                byte = ad_code_literal(state, &context, told);
            }
        }
        history->misses = history->misses << 1 | is_miss;
        note_difference(state, (int32_t)(byte - *base));
        is_missed |= byte ^ predicted[place];
        *ad_next_output(state) = (uint8_t)byte;
        advance(state, 1);
    }
    ad_learn_piece(state, &piece, ad_next_output(state) - length, is_missed);
}

static void code_inserted(struct ad_state *state, uint32_t told)
{
    const struct ad_literal_context context = {NULL, 0, 0, 0};
    note_difference(state, 0);
    *ad_next_output(state) = (uint8_t)ad_code_literal(state, &context, told);
    advance(state, 1);
}

void ad_code_image_unit(struct ad_state *state)
{
    uint32_t segment_end = state->segment.new_start + state->segment.length;
    if (state->position == segment_end && state->segments_taken < state->map.count) {
        state->segment = ad_segment_at(state, state->segments_taken++);
        state->history.run = 0;
        state->block_end = state->segment.new_start;
        segment_end = state->segment.new_start + state->segment.length;
    }
    if (state->position < state->segment.new_start || state->position >= segment_end) {
        code_inserted(state, AD_TOLD(state->told_new[state->position]));
    } else if (state->position == state->block_end) {
        code_block(state);
    } else {
        code_piece(state);
    }
}

#ifndef AIRDELTA_TINY_ONLY

void ad_learn_base_byte(struct ad_state *state)
{
    code_inserted(state, *ad_base_at(state, state->position));
}

void ad_learn_base_end(struct ad_state *state)
{
    memset(&state->history, 0, sizeof state->history);
    memset(state->output, 0, sizeof state->output);
    state->position = 0;
    state->written_bytes = 0;
    state->only_learns = 0;
}

#endif
