/* Blocks, hits and misses, see image_coder.h. */
#include "image_coder.h"

#include <string.h>

#include "fixed_point.h"
#include "literal.h"
#include "match_model.h"
#include "predictor.h"

/* Add one input for each context that the tier has. */
AD_INLINE void choose_slots(struct ad_decision *decision, const uint32_t *keys, const uint8_t *bits,
                         uint32_t contexts, uint32_t first_slot)
{
    decision->count = 0;
#pragma GCC unroll 8
    for (uint32_t i = 0; i < contexts; i++) {
        if (bits[i] == 0) continue;
        decision->inputs[decision->count++].slot = first_slot + ad_slot(keys[i], bits[i]);
        first_slot += 1u << bits[i];
    }
}

/* Code a flag with weight set `set` of those that start at `first_weight`. */
static uint32_t code_flag(struct ad_state *state, struct ad_decision *decision,
                          uint32_t first_weight, uint32_t set, uint32_t told)
{
    decision->weights = state->weights + first_weight + set * (decision->count + 1u);
    decision->observation_limit = state->parameters.hit_limit;
    decision->learning_shift = state->parameters.learning_shift;
    return ad_code_mixed(&state->coder, &state->counters, decision, told);
}

/* Append a byte to the new image and remember it. */
static void append_byte(struct ad_state *state, uint8_t byte)
{
    state->history.last_bytes = state->history.last_bytes << 8 | byte;
    ad_emit_byte(state, byte);
    state->position++;
    if (ad_tier(state)->match_bits) {
        ad_match_advance(state, state->sizes.base_bytes + state->position);
    }
}

/* Append the block. */
static void append_block(struct ad_state *state, uint32_t length)
{
    uint32_t remembered = ad_tier(state)->match_bits ? length : ad_min(length, 4);
    uint32_t copied = length - remembered;
    ad_emit(state, state->block, copied);
    state->position += copied;
    for (uint32_t i = copied; i < length; i++) append_byte(state, state->block[i]);
}

/* Whether the piece of the walk is over at `position`. */
static int is_piece_over(const struct ad_piece *piece, uint32_t position)
{
    return piece->length == 0 || position - piece->start >= piece->length;
}

/* What was predicted for a block, as far as its flag is concerned. */
struct block_outlook {
    uint32_t doubtful; /* fields whose target is not certain */
    uint32_t changed;  /* fields that differ from the base */
};

/* Walk over a block without coding it; fills state->block. */
static struct block_outlook predict_block(struct ad_state *state, uint32_t length)
{
    struct block_outlook outlook = {0, 0};
    struct ad_piece *piece = &state->walk.piece;
    uint32_t at = state->position;
    uint32_t end = at + length;
    uint8_t *block = state->block;
    while (at < end) {
        if (is_piece_over(piece, at)) {
            uint32_t start = ad_predict(state, at, end, block);
            block += start - at;
            at = start;
            if (at == end) break;
        }
        outlook.doubtful += piece->certainty != AD_CERTAIN;
        outlook.changed += piece->is_changed;
        for (uint32_t place = at - piece->start; place < piece->length && at < end; place++) {
            piece->actual[place] = piece->predicted[place];
            *block++ = piece->predicted[place];
            at++;
        }
    }
    return outlook;
}

static uint32_t code_clean_flag(struct ad_state *state, const struct block_outlook *outlook,
                                uint32_t told)
{
    const struct ad_history *history = &state->history;
    uint32_t doubtful = ad_min(outlook->doubtful, 3);
    uint32_t changed = ad_min(outlook->changed, 3);
    uint32_t quiet = ad_min(ad_log2_floor(history->clean_blocks + 1u), 7);
    uint32_t keys[AD_CLEAN_CONTEXTS] = {
        doubtful | changed << 2 | quiet << 4,
        history->blocks & 63u,
        (history->blocks & 15u) | doubtful << 4 | ad_min(outlook->changed, 7) << 6,
    };
    struct ad_decision decision;
    choose_slots(&decision, keys, ad_tier(state)->clean_bits, AD_CLEAN_CONTEXTS, 0);
    return code_flag(state, &decision, 0, doubtful, told);
}

#ifdef AIRDELTA_ENCODER
static uint32_t is_block_clean(const struct ad_state *state, uint32_t length)
{
    return memcmp(state->told_new + state->position, state->block, length) == 0;
}
#endif

/* Code the flag of the next block, and if it is clean, the block. */
static int code_block(struct ad_state *state)
{
    struct ad_history *history = &state->history;
    uint32_t left = state->segment.new_start + state->segment.length - state->position;
    uint32_t length = ad_min(state->parameters.block_bytes, left);
    struct ad_walk before = state->walk;
    struct block_outlook outlook = predict_block(state, length);
    uint32_t is_clean = code_clean_flag(state, &outlook, AD_TOLD(is_block_clean(state, length)));
    history->blocks = history->blocks << 1 | (is_clean ^ 1u);
    if (!is_clean) {
        history->clean_blocks = 0;
        state->walk = before;
        state->block_end = state->position + length;
        state->block_missed = 0;
        return 0;
    }
    history->clean_blocks++;
    history->run += length;
    history->misses = length >= 32u ? 0 : history->misses << length;
    append_block(state, length);
    return 1;
}

static uint32_t code_hit(struct ad_state *state, const struct ad_piece *piece, uint32_t place,
                         uint8_t predicted, const uint8_t *base, uint32_t told)
{
    const struct ad_history *history = &state->history;
    const struct ad_tier *tier = ad_tier(state);
    uint32_t kind = piece->field.kind;
    uint32_t is_field = kind != AD_FIELD_NONE;
    uint32_t field_missed = is_field && (history->misses & ((1u << place) - 1u)) != 0;
    uint32_t changed = predicted != *base;
    uint32_t run = ad_min(ad_log2_floor(history->run + 1u), 7);
    uint32_t parity = state->position & 1u;
    uint32_t left = state->block_end - state->position;
    uint32_t in_segment = state->position - state->segment.new_start;
    uint32_t segment_left = state->segment.length - in_segment;
    uint32_t last = history->last_bytes;
    uint32_t keys[AD_HIT_CONTEXTS] = {
        kind | (place & 3u) << 4 | field_missed << 6 | changed << 7,
        run | (uint32_t)state->block_missed << 3 | is_field << 4 |
            ad_min(ad_log2_floor(left), 3) << 5,
        (history->misses & 127u) | is_field << 7,
        ad_scramble(predicted | kind << 8 | parity << 12),
        (uint32_t)piece->certainty | kind << 2 | (history->kind_misses[kind] & 3u) << 6,
        ad_scramble((last & 255u) | (uint32_t)predicted << 8 | (history->misses & 3u) << 16),
        ad_scramble((uint32_t)base[-1] | (uint32_t)base[0] << 8 | (uint32_t)base[1] << 16),
        ad_min(ad_log2_floor(segment_left), 7) | ad_min(ad_log2_floor(in_segment + 1u), 7) << 3 |
            ad_min(run, 3) << 6 | is_field << 8,
    };
    struct ad_decision decision;
    uint32_t set = run + (is_field ? 8u + field_missed * 8u : 0u);
    choose_slots(&decision, keys, tier->hit_bits, AD_HIT_CONTEXTS, ad_first_hit(tier));
    return code_flag(state, &decision, ad_first_hit_weight(tier), set, told);
}

/* A byte that is not as predicted: the base's own where relocation changed it, or spelled out. */
static uint8_t code_missed(struct ad_state *state, const struct ad_piece *piece, uint32_t place,
                           uint8_t predicted, const uint8_t *base, uint32_t told)
{
    if (predicted != *base) {
        uint32_t slot = ad_first_raw(ad_tier(state));
        slot += (uint32_t)piece->field.kind * 4u + (place & 3u);
        if (ad_code_counted(&state->coder, &state->counters, slot, state->parameters.hit_limit,
                            told == *base)) {
            state->field_is_raw = 1;
            return *base;
        }
    }
    struct ad_literal_context context = {
        .is_aligned = 1,
        .predicted = predicted,
        .kind = piece->field.kind,
        .field_place = place,
        .base_before = base[-1],
        .base_byte = base[0],
        .base_after = base[1],
        .position = state->position,
    };
    return ad_code_literal(state, &context, told);
}

static void code_aligned_byte(struct ad_state *state, uint32_t told)
{
    struct ad_history *history = &state->history;
    struct ad_piece *piece = &state->walk.piece;
    if (is_piece_over(piece, state->position)) {
        ad_predict(state, state->position, state->position, state->block);
    }
    uint32_t place = state->position - piece->start;
    const uint8_t *base = ad_base_at(
        state, state->segment.base_start + (state->position - state->segment.new_start));
    if (place == 0) state->field_is_raw = 0;
    uint8_t predicted = state->field_is_raw ? *base : piece->predicted[place];
    uint8_t byte = predicted;
    uint32_t is_hit = code_hit(state, piece, place, predicted, base, told == predicted);
    if (is_hit) {
        history->run++;
    } else {
        byte = code_missed(state, piece, place, predicted, base, told);
        history->run = 0;
        state->block_missed = 1;
    }
    history->misses = history->misses << 1 | (is_hit ^ 1u);
    history->last_difference = (int32_t)byte - *base;
    piece->actual[place] = byte;
    piece->is_missed |= byte != piece->predicted[place];
    append_byte(state, byte);
    if (place + 1u == piece->length) {
        uint8_t *misses = &history->kind_misses[piece->field.kind];
        *misses = (uint8_t)(*misses << 1 | piece->is_missed);
        ad_learn_piece(state);
    }
}

static void code_inserted_byte(struct ad_state *state, uint32_t told)
{
    struct ad_literal_context context = {.position = state->position};
    uint8_t byte = ad_code_literal(state, &context, told);
    state->history.last_difference = 0;
    append_byte(state, byte);
}

void ad_code_image_unit(struct ad_state *state)
{
    uint32_t segment_end = state->segment.new_start + state->segment.length;
    if (state->position == segment_end && state->segment_index < state->map.count) {
        state->segment = ad_segment_at(&state->map, state->segment_index++);
        state->history.run = 0;
        ad_walk_begin(state);
        state->block_end = state->segment.new_start;
    }
    segment_end = state->segment.new_start + state->segment.length;
    if (state->position < state->segment.new_start || state->position >= segment_end) {
        code_inserted_byte(state, AD_TOLD(state->told_new[state->position]));
        return;
    }
    if (state->position == state->block_end && code_block(state)) {
        state->block_end = state->position;
        return;
    }
    code_aligned_byte(state, AD_TOLD(state->told_new[state->position]));
}

void ad_learn_base_byte(struct ad_state *state, uint8_t byte)
{
    ad_learn_literal(state, state->position, byte);
    state->history.last_bytes = state->history.last_bytes << 8 | byte;
    state->position++;
    if (ad_tier(state)->match_bits) ad_match_advance(state, state->position);
}

void ad_learn_base_end(struct ad_state *state)
{
    memset(&state->history, 0, sizeof state->history);
    state->position = 0;
}
