#include "app/reporter.h"

#include <stdbool.h>

#include "app/alarms.h"
#include "app/report.h"
#include "app/sampler.h"
#include "config/settings.h"
#include "lorawan/limits.h"

static bool requested;
static uint32_t last_report_ms;

void reporter_request(void)
{
    requested = true;
}

enum link_result reporter_send(void)
{
    uint8_t payload[LORAWAN_PAYLOAD_BYTES];
    struct uplink uplink = {
        .port = (uint8_t)settings_number(SETTING_PORT),
        .confirmed = settings_number(SETTING_CONFIRMED) != 0,
        .payload = payload,
    };
    if (!link_node()->session.active) {
        return LINK_NOT_JOINED;
    }
    uplink.payload_bytes =
        report_encode(sampler_latest(), alarms_raised(), payload, uplink_frame_room(link_node()));
    return link_send(&uplink);
}

void reporter_run(uint32_t now_ms)
{
    uint32_t period_ms = (uint32_t)settings_number(SETTING_REPORT_PERIOD_S) * 1000u;
    if (alarms_take_change()) {
        requested = true;
    }
    bool due = now_ms - last_report_ms >= period_ms;
    if (!link_node()->session.active || (!due && !requested)) {
        return;
    }
    enum link_result result = reporter_send();
    if (result == LINK_SENT || result == LINK_TOO_BIG) {
        last_report_ms = now_ms;
        requested = false;
    }
    /* Held back by the duty cycle: stays due and goes out as soon as it may. */
}
