/* Running statistics of a series, without keeping it. */
#ifndef LIB_STATISTICS_H
#define LIB_STATISTICS_H

#include <stdint.h>

struct statistics {
    uint32_t count;
    int32_t minimum;
    int32_t maximum;
    int32_t origin;        /* the first value: sums are relative to it and stay small */
    int64_t sum;
    uint64_t sum_of_squares;
};

void statistics_reset(struct statistics *series);
void statistics_add(struct statistics *series, int32_t value);

/* Mean, rounded; 0 for an empty series. */
int32_t statistics_mean(const struct statistics *series);

/* Standard deviation of the sample, rounded down; 0 for fewer than two values. */
uint32_t statistics_deviation(const struct statistics *series);

#endif
