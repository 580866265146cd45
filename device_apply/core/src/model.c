/* Counters and mixing, see model.h. */
#include "model.h"

#include "fixed_point.h"

/* The constant input of every mix: one bit of log-odds, whose weight is the bias. */
#define CONSTANT_INPUT 256

static void counter_learn(const struct ad_counters *counters, uint32_t slot, uint32_t limit,
                          uint32_t bit)
{
    uint16_t *probability = &counters->probability[slot];
    uint8_t *observations = &counters->observations[slot];
    uint32_t rate = ad_rate[*observations];
    if (bit) {
        *probability = (uint16_t)(*probability + (((65519u - *probability) * rate) >> 16));
    } else {
        *probability = (uint16_t)(*probability - (((*probability - 16u) * rate) >> 16));
    }
    if (*observations < limit) {
        ++*observations;
    }
}

uint32_t ad_code_counted(struct ad_coder *coder, const struct ad_counters *counters, uint32_t slot,
                         uint32_t observation_limit, uint32_t told)
{
    uint32_t bit = ad_code_bit(coder, counters->probability[slot], told);
    counter_learn(counters, slot, observation_limit, bit);
    return bit;
}

static int16_t clamp16(int32_t value)
{
    if (value > INT16_MAX) return INT16_MAX;
    if (value < INT16_MIN) return INT16_MIN;
    return (int16_t)value;
}

uint32_t ad_code_mixed(struct ad_coder *coder, const struct ad_counters *counters,
                       const struct ad_decision *decision, uint32_t told)
{
    int32_t input[AD_MAX_INPUTS];
    int16_t *weights = decision->weights;
    int32_t sum = weights[decision->inputs] * CONSTANT_INPUT;
    for (uint32_t i = 0; i < decision->inputs; i++) {
        uint32_t slot = decision->slots[i];
        input[i] = ad_stretch(counters->probability[slot]);
        if (counters->observations[slot] == 0) {
            input[i] /= 2; /* nothing seen yet: half as convincing */
        }
        sum += weights[i] * input[i];
    }
    uint32_t probability = ad_squash(ad_shift_right(sum, 13));
#ifdef AIRDELTA_ENCODER
    if (coder) coder->mixed_inputs += decision->inputs;
#endif
    uint32_t bit = coder ? ad_code_bit(coder, probability, told) : told;

    int32_t error = (int32_t)(bit << 16) - (int32_t)probability;
    uint32_t shift = decision->learning_shift;
    int32_t half = 1 << (shift - 1u);
    for (uint32_t i = 0; i < decision->inputs; i++) {
        weights[i] = clamp16(weights[i] + ad_shift_right(error * input[i] + half, shift));
        counter_learn(counters, decision->slots[i], decision->observation_limit, bit);
    }
    int16_t *bias = &weights[decision->inputs];
    *bias = clamp16(*bias + ad_shift_right(error * CONSTANT_INPUT + half, shift));
    return bit;
}
