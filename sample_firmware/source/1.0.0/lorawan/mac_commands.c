#include "lorawan/mac_commands.h"

#include <stdbool.h>
#include <string.h>

#include "app/sampler.h"
#include "drivers/battery_gauge.h"
#include "lib/byte_order.h"
#include "lorawan/duty_cycle.h"
#include "lorawan/limits.h"
#include "lorawan/region.h"
#include "lorawan/session.h"
#include "os/wall_clock.h"

enum command_id {
    LINK_CHECK = 0x02,
    LINK_ADR = 0x03,
    DUTY_CYCLE = 0x04,
    RX_PARAMETERS = 0x05,
    DEVICE_STATUS = 0x06,
    NEW_CHANNEL = 0x07,
    RX_TIMING = 0x08,
    DOWNLINK_CHANNEL = 0x0A,
    DEVICE_TIME = 0x0D,
};

static uint8_t answers[LORAWAN_OPTIONS_BYTES];
static size_t answer_bytes;
static struct link_report report;

void mac_commands_reset(void)
{
    answer_bytes = 0;
    memset(&report, 0, sizeof report);
}

/* What does not fit is dropped: the network repeats requests that stay unanswered. */
static void queue(const uint8_t *bytes, size_t size)
{
    if (answer_bytes + size <= sizeof answers) {
        memcpy(answers + answer_bytes, bytes, size);
        answer_bytes += size;
    }
}

static void queue_status(uint8_t id, uint8_t status)
{
    uint8_t bytes[2] = {id, status};
    queue(bytes, sizeof bytes);
}

static void queue_id(uint8_t id)
{
    queue(&id, 1);
}

static void handle_link_check(const uint8_t *arguments)
{
    report.checks++;
    report.margin_db = arguments[0];
    report.gateways = arguments[1];
}

/* All or nothing: a request with one bad field changes none (section 5.3). */
static void handle_link_adr(const uint8_t *arguments)
{
    uint8_t rate = arguments[0] >> 4;
    uint8_t power = arguments[0] & 0x0Fu;
    uint16_t mask = get_le16(arguments + 1);
    uint8_t mask_control = (arguments[3] >> 4) & 0x07u;
    uint8_t repetitions = arguments[3] & 0x0Fu;
    uint16_t previous_mask = region_mask();
    if (mask_control == 6) { /* every defined channel */
        mask = 0;
        for (uint8_t i = 0; i < REGION_CHANNELS; i++) {
            mask |= (uint16_t)((region_frequency_hz(i) != 0 ? 1u : 0u) << i);
        }
    }
    bool power_ok = power < REGION_POWER_STEPS || power == 0x0Fu;
    bool rate_ok = rate == 0x0Fu || region_data_rate(rate) != NULL;
    bool mask_ok = (mask_control == 0 || mask_control == 6) && region_set_mask(mask);
    if (power_ok && rate_ok && mask_ok) {
        if (rate != 0x0Fu) {
            lorawan_session.data_rate = rate;
        }
        if (power != 0x0Fu) {
            lorawan_session.power_step = power;
        }
        lorawan_session.repetitions = repetitions == 0 ? 1 : repetitions;
    } else {
        region_set_mask(previous_mask);
    }
    queue_status(LINK_ADR, (uint8_t)((power_ok << 2) | (rate_ok << 1) | mask_ok));
}

static void handle_duty_cycle(const uint8_t *arguments)
{
    duty_cycle_set_aggregate(arguments[0]);
    queue_id(DUTY_CYCLE);
}

static void handle_rx_parameters(const uint8_t *arguments)
{
    uint8_t offset = (arguments[0] >> 4) & 0x07u;
    uint8_t rate = arguments[0] & 0x0Fu;
    uint32_t frequency_hz = get_le24(arguments + 1) * 100u;
    bool offset_ok = offset <= 5;
    bool rate_ok = region_data_rate(rate) != NULL;
    bool frequency_ok = region_allows_frequency(frequency_hz);
    if (offset_ok && rate_ok && frequency_ok) {
        lorawan_session.rx1_rate_offset = offset;
        lorawan_session.rx2_rate = rate;
        lorawan_session.rx2_frequency_hz = frequency_hz;
    }
    queue_status(RX_PARAMETERS, (uint8_t)((offset_ok << 2) | (rate_ok << 1) | frequency_ok));
}

static void handle_device_status(const uint8_t *arguments)
{
    (void)arguments;
    const struct measurement *latest = sampler_latest();
    struct battery_reading battery = battery_gauge_read(latest->values[CHANNEL_TEMPERATURE]);
    /* The margin of this very frame: the console has no noise, so the middle of the scale. */
    uint8_t bytes[3] = {DEVICE_STATUS, battery_gauge_lorawan_level(&battery), 0};
    queue(bytes, sizeof bytes);
}

static void handle_new_channel(const uint8_t *arguments)
{
    uint32_t frequency_hz = get_le24(arguments + 1) * 100u;
    uint8_t lowest = arguments[4] & 0x0Fu;
    uint8_t highest = arguments[4] >> 4;
    bool rates_ok = lowest <= highest && region_data_rate(highest) != NULL;
    bool frequency_ok = region_may_change(arguments[0]) &&
                        (frequency_hz == 0 || region_allows_frequency(frequency_hz));
    if (rates_ok && frequency_ok) {
        region_set_channel(arguments[0], frequency_hz, lowest, highest);
    }
    queue_status(NEW_CHANNEL, (uint8_t)((rates_ok << 1) | frequency_ok));
}

static void handle_rx_timing(const uint8_t *arguments)
{
    uint8_t delay_s = arguments[0] & 0x0Fu;
    lorawan_session.rx1_delay_s = delay_s == 0 ? 1 : delay_s;
    queue_id(RX_TIMING);
}

static void handle_downlink_channel(const uint8_t *arguments)
{
    bool exists = region_frequency_hz(arguments[0]) != 0;
    bool frequency_ok = region_allows_frequency(get_le24(arguments + 1) * 100u);
    queue_status(DOWNLINK_CHANNEL, (uint8_t)((exists << 1) | frequency_ok));
}

static void handle_device_time(const uint8_t *arguments)
{
    wall_clock_set_gps(get_le32(arguments));
}

static const struct {
    uint8_t id;
    uint8_t argument_bytes;
    void (*handle)(const uint8_t *arguments);
} handlers[] = {
    {LINK_CHECK, 2, handle_link_check},
    {LINK_ADR, 4, handle_link_adr},
    {DUTY_CYCLE, 1, handle_duty_cycle},
    {RX_PARAMETERS, 4, handle_rx_parameters},
    {DEVICE_STATUS, 0, handle_device_status},
    {NEW_CHANNEL, 5, handle_new_channel},
    {RX_TIMING, 1, handle_rx_timing},
    {DOWNLINK_CHANNEL, 4, handle_downlink_channel},
    {DEVICE_TIME, 5, handle_device_time},
};

/* Handles the first command; returns its size, or 0 when it is unknown or cut short. */
static size_t handle_one(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        if (handlers[i].id == bytes[0] && handlers[i].argument_bytes < size) {
            handlers[i].handle(bytes + 1);
            return 1u + handlers[i].argument_bytes;
        }
    }
    return 0;
}

void mac_commands_handle(const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        size_t used = handle_one(bytes, size);
        if (used == 0) {
            return;
        }
        bytes += used;
        size -= used;
    }
}

void mac_commands_request_link_check(void)
{
    queue_id(LINK_CHECK);
}

void mac_commands_request_time(void)
{
    queue_id(DEVICE_TIME);
}

size_t mac_commands_pending(void)
{
    return answer_bytes;
}

size_t mac_commands_take(uint8_t *to, size_t limit)
{
    size_t size = answer_bytes <= limit ? answer_bytes : 0;
    memcpy(to, answers, size);
    answer_bytes -= size;
    return size;
}

const struct link_report *mac_commands_report(void)
{
    return &report;
}
