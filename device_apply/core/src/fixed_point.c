/* Tables and functions of fixed_point.h. The tables are rounded values of the named formulas. */
#include "fixed_point.h"

/* round(256 * log2(1 + i / 64)); the last entry is one less, so that it fits a byte */
static const uint8_t log2_fraction[65] = {
    0, 6, 11, 17, 22, 28, 33, 38, 44, 49, 54, 59,
    63, 68, 73, 78, 82, 87, 92, 96, 100, 105, 109, 113,
    118, 122, 126, 130, 134, 138, 142, 146, 150, 154, 157, 161,
    165, 169, 172, 176, 179, 183, 186, 190, 193, 197, 200, 203,
    207, 210, 213, 216, 220, 223, 226, 229, 232, 235, 238, 241,
    244, 247, 250, 253, 255,
};

/* round(65536 / (1 + 2^(-i / 8))): the logistic function from 0 to 12 bits in steps of 1/8 bit */
static const uint16_t logistic[98] = {
    32768, 34187, 35600, 37003, 38390, 39757, 41099, 42411, 43691, 44934, 46138, 47300,
    48418, 49491, 50517, 51497, 52429, 53314, 54152, 54944, 55691, 56394, 57055, 57674,
    58254, 58796, 59303, 59774, 60214, 60622, 61002, 61354, 61681, 61984, 62264, 62523,
    62762, 62984, 63188, 63376, 63550, 63710, 63858, 63994, 64119, 64234, 64340, 64438,
    64528, 64610, 64686, 64756, 64820, 64879, 64933, 64982, 65028, 65070, 65108, 65144,
    65176, 65206, 65233, 65258, 65281, 65302, 65321, 65339, 65355, 65370, 65384, 65397,
    65408, 65419, 65429, 65437, 65446, 65453, 65460, 65466, 65472, 65477, 65482, 65487,
    65491, 65495, 65498, 65501, 65504, 65507, 65509, 65511, 65513, 65515, 65517, 65519,
    65520, 65521,
};

const uint16_t ad_rate[64] = {
    40960, 25206, 18204, 14247, 11703, 9930, 8623, 7620, 6827, 6183, 5650, 5201,
    4819, 4489, 4201, 3948, 3724, 3523, 3344, 3181, 3034, 2900, 2777, 2664,
    2560, 2464, 2374, 2291, 2214, 2142, 2074, 2010, 1950, 1894, 1841, 1791,
    1743, 1698, 1655, 1614, 1575, 1538, 1503, 1469, 1437, 1406, 1377, 1348,
    1321, 1295, 1270, 1246, 1223, 1200, 1179, 1158, 1138, 1118, 1100, 1081,
    1064, 1047, 1030, 1014,
};

/* log2 of 1..65535 in 1/256 bit, interpolated between 64 steps per octave. */
static int32_t log2_fixed(uint32_t value)
{
    uint32_t whole = ad_log2_floor(value);
    uint32_t fraction = (value << (31u - whole)) << 1;
    uint32_t step = fraction >> 26;
    uint32_t within = (fraction >> 18) & 255u;
    uint32_t low = log2_fraction[step];
    uint32_t high = log2_fraction[step + 1];
    return (int32_t)(whole * 256u + low + (((high - low) * within) >> 8));
}

int32_t ad_stretch(uint32_t probability)
{
    return log2_fixed(probability) - log2_fixed(65536u - probability);
}

uint32_t ad_squash(int32_t log_odds)
{
    uint32_t distance = (uint32_t)(log_odds < 0 ? -log_odds : log_odds);
    distance = ad_min(distance, AD_STRETCH_LIMIT);
    uint32_t step = distance >> 5;
    uint32_t within = distance & 31u;
    uint32_t low = logistic[step];
    uint32_t high = logistic[step + 1];
    uint32_t probability = low + (((high - low) * within) >> 5);
    return log_odds < 0 ? 65536u - probability : probability;
}
