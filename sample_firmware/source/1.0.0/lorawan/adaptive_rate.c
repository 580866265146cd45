#include "lorawan/adaptive_rate.h"

#include "config/settings.h"
#include "lorawan/region.h"
#include "lorawan/session.h"
#include "os/event_log.h"

/* RP002-1.0.3, section 2.3. */
#define ADR_ACK_LIMIT 64u
#define ADR_ACK_DELAY 32u

static uint32_t unanswered;

void adaptive_rate_reset(void)
{
    unanswered = 0;
}

bool adaptive_rate_wants_answer(void)
{
    /* At the lowest rate with full power nothing is left to fall back to. */
    bool at_the_bottom = lorawan_session.data_rate == 0 && lorawan_session.power_step == 0;
    return unanswered >= ADR_ACK_LIMIT && !at_the_bottom;
}

static void fall_back(void)
{
    event_log_add(EVENT_LINK_LOST, unanswered);
    if (lorawan_session.power_step > 0) {
        lorawan_session.power_step = 0;
    } else if (lorawan_session.data_rate > 0) {
        lorawan_session.data_rate--;
    } else {
        region_set_mask(region_mask() | 0x0007u);
        lorawan_session.repetitions = 1;
    }
}

void adaptive_rate_uplink_sent(void)
{
    unanswered++;
    if (!settings_number(SETTING_ADAPTIVE_RATE)) {
        return;
    }
    if (unanswered >= ADR_ACK_LIMIT + ADR_ACK_DELAY &&
        (unanswered - ADR_ACK_LIMIT) % ADR_ACK_DELAY == 0) {
        fall_back();
    }
}

void adaptive_rate_downlink_received(void)
{
    unanswered = 0;
}

uint32_t adaptive_rate_unanswered(void)
{
    return unanswered;
}
