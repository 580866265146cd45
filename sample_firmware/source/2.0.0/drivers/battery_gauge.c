#include "drivers/battery_gauge.h"

#include <stddef.h>

#include "lib/fixed_point.h"
#include "simulation/environment.h"

/* 12 bits over a 4.2 V span: 3.0 V reference behind a divider of 1.4. */
#define ADC_FULL_SCALE 4095
#define ADC_SPAN_MV 4200

#define TEMPERATURES 5
#define VOLTAGES 12

/*
 * Charge left, in percent, by temperature and voltage: lithium thionyl chloride cells at about
 * 1 mA. Flat for most of their life, then a cliff; in the cold everything happens at lower
 * voltages. Shape after the discharge curves that makers of AA cells print.
 */
static const int32_t table_temperatures_centi_c[TEMPERATURES] = {-3000, -1000, 0, 2000, 5000};
static const int32_t table_voltages_mv[VOLTAGES] = {
    2000, 2600, 2800, 3000, 3100, 3200, 3300, 3400, 3480, 3540, 3600, 3660,
};
static const uint8_t charge_percent[TEMPERATURES][VOLTAGES] = {
    {0, 4, 9, 16, 27, 42, 60, 78, 89, 95, 98, 100},
    {0, 3, 6, 11, 18, 29, 45, 65, 80, 90, 97, 100},
    {0, 2, 5, 8, 13, 21, 33, 53, 70, 84, 95, 100},
    {0, 1, 3, 5, 8, 11, 15, 25, 40, 60, 88, 100},
    {0, 1, 2, 4, 6, 9, 12, 19, 31, 50, 80, 98},
};

/* The index of the interval of ascending `steps` that holds x; the last one at most. */
static size_t interval_of(const int32_t *steps, size_t count, int32_t x)
{
    size_t interval = 0;
    while (interval + 2 < count && x >= steps[interval + 1]) {
        interval++;
    }
    return interval;
}

/* The value at a voltage in one row of the table. */
static int32_t charge_in_row(size_t row, size_t interval, int32_t voltage_mv)
{
    const struct curve_point ends[2] = {
        {table_voltages_mv[interval], charge_percent[row][interval]},
        {table_voltages_mv[interval + 1], charge_percent[row][interval + 1]},
    };
    return interpolate(ends, 2, voltage_mv);
}

static int32_t charge_at(int32_t temperature_centi_c, int32_t voltage_mv)
{
    size_t row = interval_of(table_temperatures_centi_c, TEMPERATURES, temperature_centi_c);
    size_t column = interval_of(table_voltages_mv, VOLTAGES, voltage_mv);
    const struct curve_point ends[2] = {
        {table_temperatures_centi_c[row], charge_in_row(row, column, voltage_mv)},
        {table_temperatures_centi_c[row + 1], charge_in_row(row + 1, column, voltage_mv)},
    };
    return interpolate(ends, 2, temperature_centi_c);
}

struct battery_reading battery_gauge_read(int32_t temperature_centi_c)
{
    int32_t raw = environment_battery_adc();
    struct battery_reading reading;
    reading.voltage_mv = divide_rounded((int64_t)raw * ADC_SPAN_MV, ADC_FULL_SCALE);
    reading.charge_percent = charge_at(temperature_centi_c, reading.voltage_mv);
    return reading;
}

uint8_t battery_gauge_lorawan_level(const struct battery_reading *reading)
{
    return (uint8_t)(1 + reading->charge_percent * 253 / 100);
}
