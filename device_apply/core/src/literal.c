/* Spelled out bytes, see literal.h. */
#include "literal.h"

#include <stddef.h>

#include "fixed_point.h"
#include "match_model.h"
#include "model.h"

/* Keeps the keys of different contexts apart. */
#define KEY_STEP 0x3D4D51CBu
/* Spreads the bits so far over a table; any odd number with mixed bits does. */
#define NODE_FACTOR 0x297A2D39u

static uint32_t is_prefix_of(uint32_t node, uint32_t byte, uint32_t bit)
{
    return (byte | 256u) >> (bit + 1u) == node;
}

/* 0: the prediction is already wrong; 1 or 2: it says 0 or 1 for this bit. */
static uint32_t expected_bit(uint32_t node, uint32_t byte, uint32_t bit)
{
    return is_prefix_of(node, byte, bit) ? 1u + (byte >> bit & 1u) : 0u;
}

static uint32_t kind_class(const struct ad_state *state, const struct ad_literal_context *context)
{
    if (context->kind == AD_FIELD_NONE) {
        return state->history.misses & 1u;
    }
    return context->kind >= AD_FIELD_POINTER ? 3u : 2u;
}

/* Keys of all contexts, before they are scrambled. */
static void make_keys(struct ad_state *state, const struct ad_literal_context *context,
                      uint32_t match_key, uint32_t *keys)
{
    static const uint8_t nothing[3] = {0, 0, 0};
    const uint8_t *next = ad_next_output(state);
    uint32_t c1 = next[-1];
    uint32_t c2 = next[-2];
    uint32_t c3 = next[-3];
    uint32_t c4 = next[-4];
    uint32_t parity = state->position & 1u;
    uint32_t aligned = context->base != NULL;
    const uint8_t *base = aligned ? context->base : nothing + 1;
    uint32_t predicted = context->predicted;
    uint32_t kind = context->kind;
    uint32_t difference = (uint32_t)state->history.last_difference & 511u;
    keys[0] = aligned ? predicted | kind << 8 | 1u << 12 : match_key;
    keys[1] = c1 | parity << 8;
    keys[2] = c1 | c2 << 8;
    keys[3] = c1 | c2 << 8 | c3 << 16;
    keys[4] = aligned ? predicted | c1 << 8 | 1u << 16 : c2 | c3 << 8;
    keys[5] = base[-1] | (uint32_t)base[0] << 8 | (uint32_t)base[1] << 16;
    keys[6] = difference | (uint32_t)base[0] << 9 | aligned << 17;
    keys[7] = c2 | parity << 8 | kind << 9;
    keys[8] = kind | (uint32_t)context->place << 4 | aligned << 6;
    keys[9] = aligned ? predicted | (uint32_t)base[1] << 8 | 1u << 16
                      : c4 | (state->position & 3u) << 8;
}

/*
 * The counter of a context for one of the eight bits. Large tables keep the fifteen counters of
 * half a byte together, because reading them is what decoding then waits for; which of the sixteen
 * places is left over differs from context to context.
 */
AD_INLINE uint32_t literal_slot(uint32_t key, uint32_t node, uint32_t bit, uint32_t table_bits)
{
    if (table_bits <= AD_MAX_TRAINED_BITS) return ad_slot(key + node * NODE_FACTOR, table_bits);
    uint32_t depth = (7u - bit) & 3u; /* bits of this half that are known */
    uint32_t stem = bit < 4u ? node >> depth : 0;
    uint32_t place = 1u << depth | (node & ((1u << depth) - 1u));
    uint32_t line = key + stem * NODE_FACTOR;
    return ad_slot(line, table_bits - 4u) << 4 | (place ^ (ad_scramble(line) & 15u));
}

/* Add one input for each context that the tier has. */
static void choose_slots(const struct ad_state *state, const uint32_t *keys, uint32_t node,
                         uint32_t bit, struct ad_decision *decision)
{
    const struct ad_tier *tier = ad_tier(state);
    uint32_t first_slot = ad_first_literal(tier);
    struct ad_input *input = decision->inputs;
#pragma GCC unroll 10
    for (uint32_t i = 0; i < AD_LITERAL_CONTEXTS; i++) {
        uint32_t bits = tier->literal_bits[i];
        if (bits == 0) continue;
        input++->slot = first_slot + literal_slot(keys[i], node, bit, bits);
        first_slot += 1u << bits;
    }
    decision->end = input;
}

/* The weights to use: by what the prediction, or the match, says of this bit. */
static uint32_t weight_set(const struct ad_literal_context *context, uint32_t class,
                           const struct ad_match_guess *guess, uint32_t node, uint32_t bit)
{
    uint32_t is_low = bit < 4u;
    if (context->base) {
        return (expected_bit(node, context->predicted, bit) * 4u + class) * 2u + is_low;
    }
    uint32_t trust = 0;
    if (guess->length > 0 && is_prefix_of(node, guess->byte, bit)) {
        trust = 1u + ad_min(guess->length / 8u, 2u);
    }
    return 24u + trust * 2u + is_low;
}

uint32_t ad_code_literal(struct ad_state *state, const struct ad_literal_context *context,
                         uint32_t told)
{
    const struct ad_tier *tier = ad_tier(state);
    struct ad_match_guess guess = ad_match_guess(state);
    uint32_t class = kind_class(state, context);
    uint32_t keys[AD_LITERAL_CONTEXTS];
    make_keys(state, context, ad_match_key(&guess), keys);
#pragma GCC unroll 10
    for (uint32_t i = 0; i < AD_LITERAL_CONTEXTS; i++) {
        if (tier->literal_bits[i]) keys[i] = keys[i] + i * KEY_STEP;
    }

    struct ad_decision decision;
    (void)told;
    uint32_t node = 1;
    for (uint32_t bit = 8; bit-- > 0;) {
        uint32_t set = weight_set(context, class, &guess, node, bit);
        decision.weights = ad_first_literal_weight(tier) + set * (tier->literal_inputs + 1u);
        choose_slots(state, keys, node, bit, &decision);
        uint32_t told_bit =
            ad_only_learns(state) ? told >> bit & 1u : AD_TOLD(told >> bit & 1u);
        node = node << 1 | ad_code_mixed(state, &decision, told_bit);
    }
    return node & 255u;
}
