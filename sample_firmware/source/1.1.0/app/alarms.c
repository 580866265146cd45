#include "app/alarms.h"

#include "config/settings.h"
#include "os/event_log.h"

#define SAMPLES_TO_RAISE 3

struct definition {
    const char *name;
    enum channel channel;
    enum setting limit;
    int32_t direction; /* +1: too high is bad; -1: too low is bad */
    int32_t margin;    /* to clear, inside the limit */
};

static const struct definition definitions[ALARM_COUNT] = {
    [ALARM_TEMPERATURE_LOW] = {"temperature-low", CHANNEL_TEMPERATURE, SETTING_TEMPERATURE_LOW, -1,
                               100},
    [ALARM_TEMPERATURE_HIGH] = {"temperature-high", CHANNEL_TEMPERATURE, SETTING_TEMPERATURE_HIGH,
                                1, 100},
    [ALARM_HUMIDITY_HIGH] = {"humidity-high", CHANNEL_HUMIDITY, SETTING_HUMIDITY_HIGH, 1, 200},
    [ALARM_BATTERY_LOW] = {"battery-low", CHANNEL_BATTERY_CHARGE, SETTING_BATTERY_LOW, -1, 5},
    [ALARM_SOIL_DRY] = {"soil-dry", CHANNEL_SOIL_WATER, SETTING_SOIL_DRY, -1, 150},
};

static uint8_t raised;
static uint8_t beyond_count[ALARM_COUNT];
static bool changed;

static void raise_alarm(enum alarm alarm)
{
    raised |= (uint8_t)(1u << alarm);
    changed = true;
    event_log_add(EVENT_ALARM_RAISED, definitions[alarm].channel);
}

static void clear_alarm(enum alarm alarm)
{
    raised &= (uint8_t)~(1u << alarm);
    beyond_count[alarm] = 0;
    changed = true;
    event_log_add(EVENT_ALARM_CLEARED, definitions[alarm].channel);
}

static void check(enum alarm alarm, int32_t value)
{
    const struct definition *definition = &definitions[alarm];
    int32_t beyond = (value - settings_number(definition->limit)) * definition->direction;
    if (raised & (1u << alarm)) {
        if (beyond < -definition->margin) {
            clear_alarm(alarm);
        }
        return;
    }
    if (beyond <= 0) {
        beyond_count[alarm] = 0;
        return;
    }
    if (++beyond_count[alarm] == SAMPLES_TO_RAISE) {
        raise_alarm(alarm);
    }
}

void alarms_run(uint32_t now_ms)
{
    (void)now_ms;
    const struct measurement *latest = sampler_latest();
    for (unsigned i = 0; i < ALARM_COUNT; i++) {
        enum channel channel = definitions[i].channel;
        if (measurement_has(latest, channel)) {
            check((enum alarm)i, latest->values[channel]);
        }
    }
}

uint8_t alarms_raised(void)
{
    return raised;
}

bool alarms_take_change(void)
{
    bool taken = changed;
    changed = false;
    return taken;
}

const char *alarm_name(enum alarm alarm)
{
    return definitions[alarm].name;
}

int32_t alarm_limit(enum alarm alarm)
{
    return settings_number(definitions[alarm].limit);
}

enum channel alarm_channel(enum alarm alarm)
{
    return definitions[alarm].channel;
}
