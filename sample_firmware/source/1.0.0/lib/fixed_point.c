#include "lib/fixed_point.h"

#define LN_2_Q16 45426 /* ln 2 = 0.693147 */

/* First quarter of a sine in q15, 64 steps per turn. */
static const int16_t quarter_sine[17] = {
    0,     3212,  6393,  9512,  12539, 15446, 18204, 20787, 23170,
    25329, 27245, 28898, 30273, 31356, 32137, 32609, 32767,
};

int32_t clamp_i32(int32_t value, int32_t low, int32_t high)
{
    if (value < low) {
        return low;
    }
    return value > high ? high : value;
}

int32_t divide_rounded(int64_t numerator, int32_t denominator)
{
    int64_t half = denominator / 2;
    if ((numerator < 0) != (denominator < 0)) {
        half = -half;
    }
    return (int32_t)((numerator + half) / denominator);
}

int32_t interpolate(const struct curve_point *points, size_t count, int32_t x)
{
    if (x <= points[0].x) {
        return points[0].y;
    }
    for (size_t i = 1; i < count; i++) {
        if (x < points[i].x) {
            const struct curve_point *left = &points[i - 1];
            int32_t width = points[i].x - left->x;
            int64_t rise = (int64_t)(points[i].y - left->y) * (x - left->x);
            return left->y + divide_rounded(rise, width);
        }
    }
    return points[count - 1].y;
}

uint32_t square_root(uint64_t value)
{
    uint64_t root = 0;
    for (uint64_t bit = 1ull << 62; bit != 0; bit >>= 2) {
        if (value >= root + bit) {
            value -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (uint32_t)root;
}

int32_t sine_q15(uint16_t angle)
{
    uint16_t within = angle & 0x3FFFu;
    if (angle & 0x4000u) {
        within = (uint16_t)(0x4000u - within);
    }
    uint16_t step = within >> 10;
    int32_t fraction = within & 0x3FF;
    int32_t value = quarter_sine[step];
    if (fraction != 0) {
        value += ((quarter_sine[step + 1] - value) * fraction) / 1024;
    }
    return (angle & 0x8000u) ? -value : value;
}

/* log2 digit by digit: squaring doubles the logarithm, and its next bit is whether 2 is reached. */
int32_t logarithm_q16(uint32_t value_q16)
{
    int32_t exponent = 0;
    uint64_t mantissa = value_q16;
    while (mantissa >= 0x20000u) {
        mantissa >>= 1;
        exponent++;
    }
    while (mantissa < 0x10000u) {
        mantissa <<= 1;
        exponent--;
    }
    int32_t log2_q16 = exponent * 65536;
    for (int32_t bit = 0x8000; bit != 0; bit >>= 1) {
        mantissa = (mantissa * mantissa) >> 16;
        if (mantissa >= 0x20000u) {
            mantissa >>= 1;
            log2_q16 += bit;
        }
    }
    return (int32_t)(((int64_t)log2_q16 * LN_2_Q16) >> 16);
}
