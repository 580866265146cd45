/* Suffix array by induced sorting (Nong, Zhang, Chan 2009), linear in time and memory. */
#ifndef AIRDELTA_SUFFIX_ARRAY_H
#define AIRDELTA_SUFFIX_ARRAY_H

#include <stdint.h>

/* Fill `order` with the start of each suffix, in lexical order; returns -1 without memory. */
int ad_suffix_array(const uint8_t *text, int32_t length, int32_t *order);

#endif
