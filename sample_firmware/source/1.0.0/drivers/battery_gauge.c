#include "drivers/battery_gauge.h"

#include "lib/fixed_point.h"
#include "simulation/environment.h"

/* 12 bits over a 4.2 V span: 3.0 V reference behind a divider of 1.4. */
#define ADC_FULL_SCALE 4095
#define ADC_SPAN_MV 4200

/*
 * Charge left against voltage of a lithium thionyl chloride cell at about 1 mA: flat for most of
 * its life, then a cliff. Shape after the discharge curves that makers of AA cells print.
 */
static const struct curve_point discharge[] = {
    {2000, 0},  {2800, 3},  {3100, 8},  {3300, 15}, {3400, 25},
    {3480, 40}, {3540, 60}, {3580, 80}, {3620, 95}, {3660, 100},
};

/* Cold raises the inner resistance: about 2 mV lost per degree below 20. */
static int32_t cold_loss_mv(int32_t temperature_centi_c)
{
    if (temperature_centi_c >= 2000) {
        return 0;
    }
    return (2000 - temperature_centi_c) / 50;
}

struct battery_reading battery_gauge_read(int32_t temperature_centi_c)
{
    int32_t raw = environment_battery_adc();
    struct battery_reading reading;
    reading.voltage_mv = divide_rounded((int64_t)raw * ADC_SPAN_MV, ADC_FULL_SCALE);
    int32_t rested_mv = reading.voltage_mv + cold_loss_mv(temperature_centi_c);
    reading.charge_percent =
        interpolate(discharge, sizeof discharge / sizeof discharge[0], rested_mv);
    return reading;
}

uint8_t battery_gauge_lorawan_level(const struct battery_reading *reading)
{
    return (uint8_t)(1 + reading->charge_percent * 253 / 100);
}
