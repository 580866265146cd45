/* Counters and mixing, see model.h: where decoding spends most of its time. */
#include "model.h"

#include "fixed_point.h"

/* The constant input of every mix: one bit of log-odds, whose weight is the bias. */
#define CONSTANT_INPUT 256
/* Probabilities stay within these. */
#define LEAST_LIKELY 16
#define MOST_LIKELY 65519

/* A counter adapts at least as fast as after so many observations. */
#define MOST_OBSERVATIONS 15u

/* Weight of an observation after n others: 256 / (n + 1.6). */
static const uint8_t rate[MOST_OBSERVATIONS + 1u] = {
    160, 98, 71, 56, 46, 39, 34, 30, 27, 24, 22, 20, 19, 18, 16, 15,
};

static int32_t goal_of(uint32_t bit)
{
    return LEAST_LIKELY + (int32_t)bit * (MOST_LIKELY - LEAST_LIKELY);
}

/* Move a counter's probability towards `goal`. */
AD_INLINE void teach(struct ad_state *state, uint32_t slot, int32_t goal)
{
    uint32_t seen = state->observations[slot];
    int32_t probability = state->pool.probability[slot];
    probability += ad_shift_right((goal - probability) * rate[seen], 8);
    state->pool.probability[slot] = (uint16_t)probability;
    state->observations[slot] = (uint8_t)(seen + (seen < MOST_OBSERVATIONS));
}

uint32_t ad_code_counted(struct ad_state *state, uint32_t slot, uint32_t told)
{
    uint32_t bit = ad_code_bit(&state->coder, state->pool.probability[slot], told);
    teach(state, slot, goal_of(bit));
    return bit;
}

/* Move a weight; the change is in 2^-shift. */
AD_INLINE void adjust(int16_t *weight, int32_t change, uint32_t shift)
{
    int32_t value = *weight + ad_shift_right(change, shift);
#if defined(__ARM_FEATURE_SAT) && defined(__GNUC__)
    value = (int32_t)__builtin_arm_ssat(value, 16); /* compilers do not find it in what follows */
#else
    if (value != (int16_t)value) value = value < 0 ? INT16_MIN : INT16_MAX;
#endif
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
    uint32_t shift = ad_tier(state)->learning_shift;
    int32_t stretched = CONSTANT_INPUT;
    int32_t goal = goal_of(bit);
    for (;;) {
        adjust(weight, error * stretched, shift);
        if (input == decision->inputs) return bit;
        input--;
        weight--;
        stretched = input->stretched;
        teach(state, input->slot, goal);
    }
}
