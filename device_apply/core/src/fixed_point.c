/* Functions of fixed_point.h that need a table. */
#include "fixed_point.h"

/* round(65536 / (1 + 2^(-i / 2))): the logistic function from 0 to 12 bits in steps of 1/2 bit */
static const uint16_t logistic[] = {
    32768, 38390, 43691, 48418, 52429, 55691, 58254, 60214, 61681, 62762, 63550, 64119, 64528,
    64820, 65028, 65176, 65281, 65355, 65408, 65446, 65472, 65491, 65504, 65513, 65520,
};

uint32_t ad_squash(int32_t log_odds)
{
    uint32_t distance = (uint32_t)(log_odds < 0 ? -log_odds : log_odds);
    distance = ad_min(distance, AD_STRETCH_LIMIT);
    const uint16_t *step = &logistic[distance >> 7];
    uint32_t within = distance & 127u;
    uint32_t probability = step[0] + (((uint32_t)(step[1] - step[0]) * within) >> 7);
    return log_odds < 0 ? 65536u - probability : probability;
}
