/* Arithmetic without floating point. q15 is 1/32768, q16 is 1/65536. */
#ifndef LIB_FIXED_POINT_H
#define LIB_FIXED_POINT_H

#include <stddef.h>
#include <stdint.h>

struct curve_point {
    int32_t x;
    int32_t y;
};

/* value, but at least low and at most high. */
int32_t clamp_i32(int32_t value, int32_t low, int32_t high);

/* numerator / denominator, rounded to nearest, halves away from zero. */
int32_t divide_rounded(int64_t numerator, int32_t denominator);

/* y at x on straight lines through points with ascending x; beyond the ends, the end's y. */
int32_t interpolate(const struct curve_point *points, size_t count, int32_t x);

/* The largest integer whose square is at most value. */
uint32_t square_root(uint64_t value);

/* Sine in q15; a full turn is 65536. */
int32_t sine_q15(uint16_t angle);

/* Natural logarithm in q16 of a positive number in q16. */
int32_t logarithm_q16(uint32_t value_q16);

#endif
