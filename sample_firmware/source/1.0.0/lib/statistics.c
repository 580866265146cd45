#include "lib/statistics.h"

#include <string.h>

#include "lib/fixed_point.h"

void statistics_reset(struct statistics *series)
{
    memset(series, 0, sizeof *series);
}

void statistics_add(struct statistics *series, int32_t value)
{
    if (series->count == 0) {
        series->origin = value;
        series->minimum = value;
        series->maximum = value;
    }
    if (value < series->minimum) {
        series->minimum = value;
    }
    if (value > series->maximum) {
        series->maximum = value;
    }
    int64_t distance = (int64_t)value - series->origin;
    series->count++;
    series->sum += distance;
    series->sum_of_squares += (uint64_t)(distance * distance);
}

int32_t statistics_mean(const struct statistics *series)
{
    if (series->count == 0) {
        return 0;
    }
    return series->origin + divide_rounded(series->sum, (int32_t)series->count);
}

uint32_t statistics_deviation(const struct statistics *series)
{
    if (series->count < 2) {
        return 0;
    }
    uint64_t explained = (uint64_t)(series->sum * series->sum) / series->count;
    return square_root((series->sum_of_squares - explained) / (series->count - 1u));
}
