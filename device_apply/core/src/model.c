/* Counters and mixing, see model.h. */
#include "model.h"

#include "counters.h"
#include "fixed_point.h"

/* The constant input of every mix: one bit of log-odds, whose weight is the bias. */
#define CONSTANT_INPUT 256

uint32_t ad_code_counted(struct ad_coder *coder, const struct ad_counters *counters, uint32_t slot,
                         uint32_t observation_limit, uint32_t told)
{
    const struct ad_input input = {slot, 0};
    uint32_t bit = ad_code_bit(coder, counters->probability[slot], told);
    ad_teach(counters, &input, 1, observation_limit, bit);
    return bit;
}

/* Move a weight; the change is in 2^-shift. */
AD_INLINE void adjust(int16_t *weight, int32_t change, uint32_t shift)
{
    int32_t value = *weight + ad_shift_right(change + (1 << (shift - 1u)), shift);
    if ((uint32_t)(value - INT16_MIN) > UINT16_MAX) value = value < 0 ? INT16_MIN : INT16_MAX;
    *weight = (int16_t)value;
}

uint32_t ad_code_mixed(struct ad_coder *coder, const struct ad_counters *counters,
                       struct ad_decision *decision, uint32_t told)
{
    uint32_t count = decision->count;
    int16_t *weights = decision->weights;
    int32_t sum = ad_ask(counters, decision) + weights[count] * CONSTANT_INPUT;
    uint32_t probability = ad_squash(ad_shift_right(sum, 13));
#ifdef AIRDELTA_ENCODER
    if (coder) coder->mixed_inputs += count;
#endif
    uint32_t bit = coder ? ad_code_bit(coder, probability, told) : told;

    int32_t error = (int32_t)(bit << 16) - (int32_t)probability;
    uint32_t shift = decision->learning_shift;
    uint32_t i = 0;
    do {
        adjust(&weights[i], error * decision->inputs[i].stretched, shift);
    } while (++i != count);
    adjust(&weights[count], error * CONSTANT_INPUT, shift);
    ad_teach(counters, decision->inputs, count, decision->observation_limit, bit);
    return bit;
}
