/* Asking and teaching counters, see counters.h: where decoding spends most of its time. */
#include "counters.h"

#include "fixed_point.h"

/* Probabilities stay within 16..65519. */
#define MOST_LIKELY 65519u

int32_t ad_ask(const struct ad_counters *counters, struct ad_decision *decision)
{
    const uint16_t *probability = counters->probability;
    const uint8_t *observations = counters->observations;
    const int16_t *weight = decision->weights;
    int32_t sum = 0;
    struct ad_input *input = decision->inputs;
    const struct ad_input *end = input + decision->count;
    do {
        int32_t stretched = ad_stretch(probability[input->slot]);
        if (observations[input->slot] == 0) stretched /= 2; /* not seen yet: half as convincing */
        input->stretched = stretched;
        sum += *weight++ * stretched;
    } while (++input != end);
    return sum;
}

void ad_teach(const struct ad_counters *counters, const struct ad_input *inputs, uint32_t count,
              uint32_t limit, uint32_t bit)
{
    uint16_t *probability = counters->probability;
    uint8_t *observations = counters->observations;
    uint32_t flip = bit ? 0 : 0xFFFFu; /* towards 0 is as towards 1, mirrored */
    const struct ad_input *end = inputs + count;
    do {
        uint32_t slot = inputs->slot;
        uint32_t seen = observations[slot];
        uint32_t mirrored = probability[slot] ^ flip;
        mirrored += ((MOST_LIKELY - mirrored) * ad_rate[seen]) >> 16;
        probability[slot] = (uint16_t)(mirrored ^ flip);
        observations[slot] = (uint8_t)(seen + (seen < limit));
    } while (++inputs != end);
}
