#include "os/event_log.h"

#include "board/board.h"

#define CAPACITY 32u

static struct event_entry entries[CAPACITY];
static uint32_t total;

static const char *const names[EVENT_COUNT] = {
    [EVENT_BOOT] = "boot",
    [EVENT_SENSOR_FAILED] = "sensor-failed",
    [EVENT_RADIO_FAILED] = "radio-failed",
    [EVENT_SETTINGS_ERASED] = "settings-erased",
    [EVENT_SETTING_CHANGED] = "setting-changed",
    [EVENT_ALARM_RAISED] = "alarm-raised",
    [EVENT_ALARM_CLEARED] = "alarm-cleared",
    [EVENT_UPLINK_SENT] = "uplink-sent",
    [EVENT_UPLINK_HELD_BACK] = "uplink-held-back",
    [EVENT_DOWNLINK_ACCEPTED] = "downlink-accepted",
    [EVENT_DOWNLINK_REFUSED] = "downlink-refused",
    [EVENT_JOINED] = "joined",
    [EVENT_LINK_LOST] = "link-lost",
};

void event_log_add(enum event event, uint32_t argument)
{
    struct event_entry *entry = &entries[total % CAPACITY];
    entry->time_ms = board_uptime_ms();
    entry->argument = argument;
    entry->event = event;
    total++;
}

bool event_log_get(size_t age, struct event_entry *entry)
{
    if (age >= CAPACITY || age >= total) {
        return false;
    }
    *entry = entries[(total - 1u - age) % CAPACITY];
    return true;
}

uint32_t event_log_total(void)
{
    return total;
}

const char *event_name(enum event event)
{
    return event < EVENT_COUNT ? names[event] : "unknown";
}
