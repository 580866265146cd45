/* Commands about what the node measures. */
#include <string.h>

#include "app/alarms.h"
#include "app/commands.h"
#include "app/history.h"
#include "app/sampler.h"
#include "board/board.h"
#include "console/console.h"
#include "console/output.h"
#include "drivers/sensor_health.h"
#include "lib/text.h"

#define HISTORY_LINES 12u
#define GRAPH_LINES 24u
#define GRAPH_COLUMNS 50

static void print_value(enum channel channel, int32_t value)
{
    const struct channel_info *info = channel_info(channel);
    console_write_quantity(value, info->decimals, info->unit);
}

static const char *run_read(size_t count, char *words[])
{
    (void)count;
    (void)words;
    sampler_run(board_uptime_ms());
    const struct measurement *latest = sampler_latest();
    for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
        enum channel channel = (enum channel)i;
        console_print("%-16s ", channel_info(channel)->name);
        if (measurement_has(latest, channel)) {
            print_value(channel, latest->values[i]);
        } else {
            console_write("no value");
        }
        console_write("\n");
    }
    return latest->valid == 0 ? "no sensor answers" : NULL;
}

static const char *run_sensors(size_t count, char *words[])
{
    (void)count;
    (void)words;
    for (unsigned i = 0; i < SENSOR_COUNT; i++) {
        const struct sensor_health *health = sensor_health((enum sensor)i);
        console_print("%-12s at 0x%02x: %lu readings, %lu repeated, %lu failed (", health->name,
                      health->address, (unsigned long)health->readings,
                      (unsigned long)health->repeated, (unsigned long)health->failed);
        console_write_quantity(sensor_health_failure_centi_percent((enum sensor)i), 2, "%), ");
        console_print("%s\n", health->failed_in_a_row == 0 ? "answers" : "SILENT");
    }
    return NULL;
}

static void print_statistics(enum channel channel)
{
    const struct statistics *series = sampler_statistics(channel);
    console_print("%-16s n=%lu", channel_info(channel)->name, (unsigned long)series->count);
    if (series->count > 0) {
        console_write(" min ");
        print_value(channel, series->minimum);
        console_write(" mean ");
        print_value(channel, statistics_mean(series));
        console_write(" max ");
        print_value(channel, series->maximum);
        console_write(" deviation ");
        print_value(channel, (int32_t)statistics_deviation(series));
    }
    console_write("\n");
}

static const char *run_stats(size_t count, char *words[])
{
    if (count > 1) {
        if (!text_equal(words[1], "clear")) {
            return "the only argument is clear";
        }
        sampler_clear();
        return NULL;
    }
    for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
        print_statistics((enum channel)i);
    }
    return NULL;
}

static const char *run_history(size_t count, char *words[])
{
    uint32_t lines = HISTORY_LINES;
    if (count > 1 && !text_to_u32(words[1], &lines)) {
        return "not a number of lines";
    }
    struct history_record record;
    for (size_t age = 0; age < lines && history_get(age, &record); age++) {
        console_print("%8lu s  ", (unsigned long)record.time_s);
        console_write_quantity(record.temperature_centi_c, 2, "C  ");
        console_write_quantity(record.humidity_centi_percent, 2, "%  ");
        console_write_quantity(record.pressure_deca_pa * 10, 0, "Pa  ");
        console_write_quantity(record.battery_mv, 0, "mV\n");
    }
    size_t span = history_count() > 4 ? 4 : history_count();
    if (span > 1) {
        console_write("trend ");
        console_write_quantity(history_trend_centi_c_per_h(span - 1), 2, "C/h\n");
    }
    return NULL;
}

static int32_t graph_value(const struct history_record *record, enum channel channel)
{
    switch (channel) {
    case CHANNEL_HUMIDITY:
        return record->humidity_centi_percent;
    case CHANNEL_PRESSURE:
        return record->pressure_deca_pa * 10;
    case CHANNEL_BATTERY_VOLTAGE:
        return record->battery_mv;
    default:
        return record->temperature_centi_c;
    }
}

/* One bar per record, oldest first, scaled so that the largest value fills the line. */
static const char *draw_graph(enum channel channel)
{
    char bar[GRAPH_COLUMNS + 1];
    struct history_record record;
    struct statistics scale;
    statistics_reset(&scale);
    for (size_t age = 0; age < GRAPH_LINES && history_get(age, &record); age++) {
        statistics_add(&scale, graph_value(&record, channel));
    }
    if (scale.count == 0) {
        return "no history yet";
    }
    int32_t span = scale.maximum > scale.minimum ? scale.maximum - scale.minimum : 1;
    for (size_t age = scale.count; age-- > 0 && history_get(age, &record);) {
        int32_t value = graph_value(&record, channel);
        int32_t columns = 1 + (value - scale.minimum) * (GRAPH_COLUMNS - 1) / span;
        memset(bar, '#', (size_t)columns);
        bar[columns] = '\0';
        console_print("%6lu s %-50s ", (unsigned long)record.time_s, bar);
        print_value(channel, value);
        console_write("\n");
    }
    return NULL;
}

static const char *run_graph(size_t count, char *words[])
{
    if (count == 1) {
        return draw_graph(CHANNEL_TEMPERATURE);
    }
    static const enum channel drawable[] = {CHANNEL_TEMPERATURE, CHANNEL_HUMIDITY,
                                            CHANNEL_PRESSURE, CHANNEL_BATTERY_VOLTAGE};
    for (size_t i = 0; i < sizeof drawable / sizeof drawable[0]; i++) {
        if (text_equal(words[1], channel_info(drawable[i])->name)) {
            return draw_graph(drawable[i]);
        }
    }
    return "temperature, humidity, pressure or battery-voltage?";
}

static const char *run_alarms(size_t count, char *words[])
{
    (void)count;
    (void)words;
    uint8_t raised = alarms_raised();
    for (unsigned i = 0; i < ALARM_COUNT; i++) {
        enum alarm alarm = (enum alarm)i;
        console_print("%-16s %-6s limit ", alarm_name(alarm),
                      (raised & (1u << i)) ? "RAISED" : "quiet");
        print_value(alarm_channel(alarm), alarm_limit(alarm));
        console_write("\n");
    }
    return NULL;
}

static const struct command commands[] = {
    {"read", "", "measure now", 1, run_read},
    {"sensors", "", "how reliably they answer", 1, run_sensors},
    {"stats", "[clear]", "minimum, mean, maximum, deviation", 1, run_stats},
    {"history", "[LINES]", "the last records and the trend", 1, run_history},
    {"graph", "[CHANNEL]", "the last records as bars", 1, run_graph},
    {"alarms", "", "limits and what is beyond them", 1, run_alarms},
};

void commands_measuring_add(void)
{
    console_add_commands(commands, sizeof commands / sizeof commands[0]);
}
