/* The last events, for the technician: what happened, when, and one number about it. */
#ifndef OS_EVENT_LOG_H
#define OS_EVENT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event {
    EVENT_BOOT,              /* argument: crashes since power-on */
    EVENT_SENSOR_FAILED,     /* argument: bus address */
    EVENT_RADIO_FAILED,      /* argument: 0 */
    EVENT_SETTINGS_ERASED,   /* argument: 0 */
    EVENT_SETTING_CHANGED,   /* argument: key of the setting */
    EVENT_ALARM_RAISED,      /* argument: channel */
    EVENT_ALARM_CLEARED,     /* argument: channel */
    EVENT_UPLINK_SENT,       /* argument: frame counter */
    EVENT_UPLINK_HELD_BACK,  /* argument: milliseconds of duty cycle to wait */
    EVENT_DOWNLINK_ACCEPTED, /* argument: frame counter */
    EVENT_DOWNLINK_REFUSED,  /* argument: reason */
    EVENT_JOINED,            /* argument: device address */
    EVENT_LINK_LOST,         /* argument: uplinks without an answer */
    EVENT_COUNT
};

struct event_entry {
    uint32_t time_ms;
    uint32_t argument;
    enum event event;
};

/* Records an event; the oldest one makes room. */
void event_log_add(enum event event, uint32_t argument);

/* The entry with the given age, 0 being the newest; false when there are fewer. */
bool event_log_get(size_t age, struct event_entry *entry);

/* Events since reset, forgotten ones included. */
uint32_t event_log_total(void);

/* What to call an event in a report. */
const char *event_name(enum event event);

#endif
