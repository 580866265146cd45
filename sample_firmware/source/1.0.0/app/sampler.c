#include "app/sampler.h"

#include <string.h>

#include "app/derived.h"
#include "config/settings.h"
#include "drivers/barometer.h"
#include "drivers/battery_gauge.h"
#include "drivers/hygrometer.h"
#include "drivers/sensor_health.h"
#include "lib/median_filter.h"
#include "os/event_log.h"

static const struct channel_info infos[CHANNEL_COUNT] = {
    [CHANNEL_TEMPERATURE] = {"temperature", "C", 2},
    [CHANNEL_HUMIDITY] = {"humidity", "%", 2},
    [CHANNEL_PRESSURE] = {"pressure", "Pa", 0},
    [CHANNEL_DEW_POINT] = {"dew-point", "C", 2},
    [CHANNEL_SEA_LEVEL] = {"sea-level", "Pa", 0},
    [CHANNEL_BATTERY_VOLTAGE] = {"battery-voltage", "mV", 0},
    [CHANNEL_BATTERY_CHARGE] = {"battery-charge", "%", 0},
};

static struct measurement latest;
static struct statistics series[CHANNEL_COUNT];
static struct median_filter temperature_filter;
static struct median_filter humidity_filter;
static struct median_filter pressure_filter;
static bool barometer_ready;

const struct channel_info *channel_info(enum channel channel)
{
    return &infos[channel];
}

bool measurement_has(const struct measurement *measurement, enum channel channel)
{
    return (measurement->valid & (1u << channel)) != 0;
}

static void set(struct measurement *measurement, enum channel channel, int32_t value)
{
    measurement->values[channel] = value;
    measurement->valid |= 1u << channel;
}

static void start_barometer(void)
{
    barometer_ready = barometer_init();
    if (!barometer_ready) {
        event_log_add(EVENT_SENSOR_FAILED, BAROMETER_ADDRESS);
    }
}

void sampler_init(void)
{
    median_filter_reset(&temperature_filter);
    median_filter_reset(&humidity_filter);
    median_filter_reset(&pressure_filter);
    sampler_clear();
    start_barometer();
    sampler_run(0);
}

void sampler_clear(void)
{
    for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
        statistics_reset(&series[i]);
    }
}

static void measure_air(struct measurement *measurement)
{
    struct hygrometer_reading reading;
    unsigned attempts = 1;
    bool succeeded = hygrometer_read(&reading);
    while (!succeeded && attempts < SENSOR_ATTEMPTS) {
        succeeded = hygrometer_read(&reading);
        attempts++;
    }
    sensor_health_record(SENSOR_HYGROMETER, attempts, succeeded);
    if (!succeeded) {
        event_log_add(EVENT_SENSOR_FAILED, HYGROMETER_ADDRESS);
        return;
    }
    int32_t temperature = median_filter_add(&temperature_filter, reading.temperature_centi_c);
    int32_t humidity = median_filter_add(&humidity_filter, reading.humidity_centi_percent);
    set(measurement, CHANNEL_TEMPERATURE, temperature);
    set(measurement, CHANNEL_HUMIDITY, humidity);
    set(measurement, CHANNEL_DEW_POINT, derived_dew_point(temperature, humidity));
}

static void measure_pressure(struct measurement *measurement)
{
    struct barometer_reading reading;
    unsigned attempts = 0;
    bool succeeded = false;
    while (!succeeded && attempts < SENSOR_ATTEMPTS) {
        if (!barometer_ready) {
            start_barometer(); /* a reset may bring it back */
        }
        succeeded = barometer_ready && barometer_read(&reading);
        barometer_ready = succeeded;
        attempts++;
    }
    sensor_health_record(SENSOR_BAROMETER, attempts, succeeded);
    if (!succeeded) {
        return;
    }
    int32_t pressure = median_filter_add(&pressure_filter, reading.pressure_pa);
    set(measurement, CHANNEL_PRESSURE, pressure);
    set(measurement, CHANNEL_SEA_LEVEL,
        derived_sea_level_pressure(pressure, settings_number(SETTING_ALTITUDE_M)));
}

static void measure_battery(struct measurement *measurement)
{
    struct battery_reading reading = battery_gauge_read(measurement->values[CHANNEL_TEMPERATURE]);
    set(measurement, CHANNEL_BATTERY_VOLTAGE, reading.voltage_mv);
    set(measurement, CHANNEL_BATTERY_CHARGE, reading.charge_percent);
}

void sampler_run(uint32_t now_ms)
{
    struct measurement measurement = {.time_ms = now_ms};
    measure_air(&measurement);
    measure_pressure(&measurement);
    measure_battery(&measurement);
    for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
        if (measurement_has(&measurement, (enum channel)i)) {
            statistics_add(&series[i], measurement.values[i]);
        }
    }
    latest = measurement;
}

const struct measurement *sampler_latest(void)
{
    return &latest;
}

const struct statistics *sampler_statistics(enum channel channel)
{
    return &series[channel];
}
