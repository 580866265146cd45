/* The median of the last few samples: one spike from a bad contact does not pass. */
#ifndef LIB_MEDIAN_FILTER_H
#define LIB_MEDIAN_FILTER_H

#include <stddef.h>
#include <stdint.h>

#define MEDIAN_FILTER_WINDOW 5

struct median_filter {
    int32_t samples[MEDIAN_FILTER_WINDOW];
    size_t count;
    size_t next;
};

void median_filter_reset(struct median_filter *filter);

/* Takes a sample and returns the median of those in the window. */
int32_t median_filter_add(struct median_filter *filter, int32_t sample);

#endif
