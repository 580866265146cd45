#include "app/link.h"

#include "app/clock_sync.h"
#include "app/energy.h"
#include "app/remote_control.h"
#include "board/board.h"
#include "config/settings.h"
#include "lorawan/adaptive_rate.h"
#include "lorawan/downlink_frame.h"
#include "lorawan/duty_cycle.h"
#include "lorawan/join.h"
#include "lorawan/region.h"
#include "lorawan/session.h"
#include "os/event_log.h"

static struct link_counts counts;
static struct receive_window windows[RECEIVE_WINDOWS];

static const char *const result_texts[LINK_RESULTS] = {
    [LINK_SENT] = "sent",
    [LINK_NOT_JOINED] = "not joined",
    [LINK_NO_TIME] = "duty cycle exhausted, see session",
    [LINK_TOO_BIG] = "payload too big for this data rate",
    [LINK_NO_NONCE] = "no join nonce left",
    [LINK_RADIO_FAILED] = "the radio does not report the end of the frame",
};

const char *link_result_text(enum link_result result)
{
    return result_texts[result];
}

static enum link_result choose(uint32_t *frequency_hz)
{
    uint32_t wait_ms;
    if (region_choose_channel(lorawan_session.data_rate, board_uptime_ms(), frequency_hz,
                              &wait_ms)) {
        return LINK_SENT;
    }
    event_log_add(EVENT_UPLINK_HELD_BACK, wait_ms);
    return LINK_NO_TIME;
}

static enum link_result transmit(uint32_t frequency_hz, const uint8_t *frame, size_t size)
{
    struct radio_channel channel = session_radio_channel(frequency_hz);
    bool sent = radio_transmit(&channel, frame, size);
    uint32_t airtime_us = radio_airtime_us(&channel, size);
    uint32_t now_ms = board_uptime_ms();
    duty_cycle_spend(frequency_hz, airtime_us, now_ms);
    energy_transmitted(&channel, airtime_us);
    receive_windows_plan(&channel, lorawan_session.data_rate, now_ms, windows);
    for (int i = 0; i < RECEIVE_WINDOWS; i++) {
        energy_listened(windows[i].listens_ms);
    }
    return sent ? LINK_SENT : LINK_RADIO_FAILED;
}

enum link_result link_join(void)
{
    uint8_t frame[JOIN_REQUEST_BYTES];
    uint32_t frequency_hz;
    if (!lorawan_session.active) {
        lorawan_session.data_rate = (uint8_t)settings_number(SETTING_DATA_RATE);
    }
    if (choose(&frequency_hz) != LINK_SENT) {
        return LINK_NO_TIME;
    }
    if (!join_request_build(frame)) {
        return LINK_NO_NONCE;
    }
    counts.joins++;
    return transmit(frequency_hz, frame, sizeof frame);
}

enum link_result link_send(const struct uplink *uplink)
{
    uint8_t frame[LORAWAN_FRAME_BYTES];
    uint32_t frequency_hz;
    if (!lorawan_session.active) {
        return LINK_NOT_JOINED;
    }
    if (uplink->payload_bytes > uplink_frame_room()) {
        return LINK_TOO_BIG;
    }
    if (choose(&frequency_hz) != LINK_SENT) {
        return LINK_NO_TIME;
    }
    event_log_add(EVENT_UPLINK_SENT, lorawan_session.uplink_counter);
    size_t size = uplink_frame_build(uplink, frame);
    enum link_result result = transmit(frequency_hz, frame, size);
    /* A repetition is the same frame, not a new one, and goes only where the duty cycle lets it. */
    for (uint8_t i = 1; i < lorawan_session.repetitions && result == LINK_SENT; i++) {
        if (choose(&frequency_hz) != LINK_SENT) {
            break;
        }
        result = transmit(frequency_hz, frame, size);
    }
    adaptive_rate_uplink_sent();
    counts.sent++;
    return result;
}

static const char *receive_join_accept(const uint8_t *frame, size_t size)
{
    if (!join_accept(frame, size)) {
        counts.refused++;
        return "join accept refused";
    }
    counts.accepted++;
    event_log_add(EVENT_JOINED, lorawan_session.device_address);
    return NULL;
}

const char *link_receive(const uint8_t *frame, size_t size)
{
    if (join_is_accept(frame, size)) {
        return receive_join_accept(frame, size);
    }
    struct downlink downlink;
    enum downlink_result result = downlink_frame_accept(frame, size, &downlink);
    if (result != DOWNLINK_ACCEPTED) {
        counts.refused++;
        event_log_add(EVENT_DOWNLINK_REFUSED, result);
        return downlink_result_text(result);
    }
    counts.accepted++;
    counts.acknowledged += downlink.acknowledges ? 1 : 0;
    event_log_add(EVENT_DOWNLINK_ACCEPTED, lorawan_session.downlink_counter - 1u);
    if (downlink.port == CLOCK_SYNC_PORT) {
        clock_sync_handle(downlink.payload, downlink.payload_bytes);
    } else if (downlink.port != 0) {
        remote_control_handle(downlink.port, downlink.payload, downlink.payload_bytes);
    }
    return NULL;
}

const struct link_counts *link_counts(void)
{
    return &counts;
}

const struct receive_window *link_receive_windows(void)
{
    return windows;
}
