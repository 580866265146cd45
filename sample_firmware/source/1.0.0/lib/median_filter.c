#include "lib/median_filter.h"

#include <string.h>

void median_filter_reset(struct median_filter *filter)
{
    memset(filter, 0, sizeof *filter);
}

int32_t median_filter_add(struct median_filter *filter, int32_t sample)
{
    filter->samples[filter->next] = sample;
    filter->next = (filter->next + 1) % MEDIAN_FILTER_WINDOW;
    if (filter->count < MEDIAN_FILTER_WINDOW) {
        filter->count++;
    }

    int32_t sorted[MEDIAN_FILTER_WINDOW];
    for (size_t i = 0; i < filter->count; i++) {
        size_t place = i;
        while (place > 0 && sorted[place - 1] > filter->samples[i]) {
            sorted[place] = sorted[place - 1];
            place--;
        }
        sorted[place] = filter->samples[i];
    }
    return sorted[filter->count / 2];
}
