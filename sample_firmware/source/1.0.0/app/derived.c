#include "app/derived.h"

#include "lib/fixed_point.h"

/* WMO-No. 8, annex 4.B: coefficients over water, -45 to 60 degrees. */
#define MAGNUS_FACTOR_CENTI 1762
#define MAGNUS_FACTOR_Q16 1154744 /* 17.62 */
#define MAGNUS_OFFSET_CENTI_C 24312

#define SEA_LEVEL_PA 101325

/* ICAO Doc 7488: standard pressure in Pa by altitude in metres. */
static const struct curve_point standard_atmosphere[] = {
    {-400, 106223}, {0, 101325},   {500, 95461},  {1000, 89875}, {1500, 84556},
    {2000, 79495},  {2500, 74683}, {3000, 70109}, {4000, 61640}, {5000, 54020},
    {6000, 47181},  {7000, 41061}, {8000, 35600}, {9000, 30742},
};

int32_t derived_dew_point(int32_t temperature_centi_c, int32_t humidity_centi_percent)
{
    int32_t humidity = clamp_i32(humidity_centi_percent, 1, 10000);
    int32_t humidity_q16 = (int32_t)((int64_t)humidity * 65536 / 10000);
    int64_t exponent_q16 = (int64_t)MAGNUS_FACTOR_CENTI * temperature_centi_c * 65536 / 100;
    exponent_q16 /= MAGNUS_OFFSET_CENTI_C + temperature_centi_c;
    int32_t gamma_q16 = (int32_t)exponent_q16 + logarithm_q16((uint32_t)humidity_q16);
    return divide_rounded((int64_t)MAGNUS_OFFSET_CENTI_C * gamma_q16,
                          MAGNUS_FACTOR_Q16 - gamma_q16);
}

int32_t derived_sea_level_pressure(int32_t pressure_pa, int32_t altitude_m)
{
    int32_t standard_pa =
        interpolate(standard_atmosphere,
                    sizeof standard_atmosphere / sizeof standard_atmosphere[0], altitude_m);
    return divide_rounded((int64_t)pressure_pa * SEA_LEVEL_PA, standard_pa);
}
