/* Counters and mixing, see model.h: where decoding spends most of its time. */
#include "model.h"

#include "fixed_point.h"

/* The constant input of every mix: one bit of log-odds, whose weight is the bias. */
#define CONSTANT_INPUT 256
/* Probabilities stay within 16..65519. */
#define MOST_LIKELY 65519u

/* Weight of an observation after n others: 256 / (n + 1.6). */
static const uint8_t rate[AD_MAX_OBSERVATIONS + 1] = {
    160, 98, 71, 56, 46, 39, 34, 30, 27, 24, 22, 20, 19, 18, 16, 15,
    15, 14, 13, 12, 12, 11, 11, 10, 10, 10, 9, 9, 9, 8, 8, 8,
};

static void teach(struct ad_state *state, uint32_t slot, uint32_t limit, uint32_t bit)
{
    uint32_t seen = state->observations[slot];
    uint32_t flip = bit ? 0 : 0xFFFFu; /* towards 0 is as towards 1, mirrored */
    uint32_t mirrored = state->pool.probability[slot] ^ flip;
    mirrored += ((MOST_LIKELY - mirrored) * rate[seen]) >> 8;
    state->pool.probability[slot] = (uint16_t)(mirrored ^ flip);
    if (seen < limit) state->observations[slot]++;
}

uint32_t ad_code_counted(struct ad_state *state, uint32_t slot, uint32_t limit, uint32_t told)
{
    uint32_t bit = ad_code_bit(&state->coder, state->pool.probability[slot], told);
    teach(state, slot, limit, bit);
    return bit;
}

/* Move a weight; the change is in 2^-shift. */
AD_INLINE void adjust(int16_t *weight, int32_t change, uint32_t shift)
{
    int32_t value = *weight + ad_shift_right(change, shift);
    if ((uint32_t)(value - INT16_MIN) > UINT16_MAX) value = value < 0 ? INT16_MIN : INT16_MAX;
    *weight = (int16_t)value;
}

uint32_t ad_code_mixed(struct ad_state *state, struct ad_decision *decision, uint32_t told)
{
    int16_t *weight = &state->weights[decision->weights];
    struct ad_input *input = decision->inputs;
    int32_t sum = 0;
    do {
        input->stretched = ad_stretch(state->pool.probability[input->slot]);
        sum += *weight++ * input->stretched;
    } while (++input != decision->end);
    sum += *weight * CONSTANT_INPUT;
    uint32_t probability = ad_squash(ad_shift_right(sum, 13));
#ifdef AIRDELTA_ENCODER
    state->coder.mixed_inputs += (uint64_t)(input - decision->inputs);
#endif
    uint32_t bit = ad_only_learns(state) ? told : ad_code_bit(&state->coder, probability, told);

    int32_t error = (int32_t)(bit << 16) - (int32_t)probability;
    uint32_t shift = state->parameters.learning_shift;
    int32_t stretched = CONSTANT_INPUT;
    for (;;) {
        adjust(weight, error * stretched, shift);
        if (input == decision->inputs) return bit;
        input--;
        weight--;
        stretched = input->stretched;
        teach(state, input->slot, decision->limit, bit);
    }
}
