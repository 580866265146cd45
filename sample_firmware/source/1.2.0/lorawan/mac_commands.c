#include "lorawan/mac_commands.h"

#include <stdbool.h>
#include <string.h>

#include "lib/byte_order.h"
#include "lorawan/duty_cycle.h"
#include "lorawan/limits.h"
#include "lorawan/region.h"

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

void mac_commands_reset(struct lorawan_node *node)
{
    node->answers.used = 0;
    memset(&node->report, 0, sizeof node->report);
}

/* What does not fit is dropped: the network repeats requests that stay unanswered. */
static void queue(struct lorawan_node *node, const uint8_t *bytes, size_t size)
{
    struct mac_answers *answers = &node->answers;
    if (answers->used + size <= sizeof answers->bytes) {
        memcpy(answers->bytes + answers->used, bytes, size);
        answers->used += size;
    }
}

static void queue_status(struct lorawan_node *node, uint8_t id, uint8_t status)
{
    uint8_t bytes[2] = {id, status};
    queue(node, bytes, sizeof bytes);
}

static void queue_id(struct lorawan_node *node, uint8_t id)
{
    queue(node, &id, 1);
}

static void handle_link_check(struct lorawan_node *node, const uint8_t *arguments)
{
    node->report.checks++;
    node->report.margin_db = arguments[0];
    node->report.gateways = arguments[1];
}

/* All or nothing: a request with one bad field changes none (section 5.3). */
static void handle_link_adr(struct lorawan_node *node, const uint8_t *arguments)
{
    uint8_t rate = arguments[0] >> 4;
    uint8_t power = arguments[0] & 0x0Fu;
    uint16_t mask = get_le16(arguments + 1);
    uint8_t mask_control = (arguments[3] >> 4) & 0x07u;
    uint8_t repetitions = arguments[3] & 0x0Fu;
    uint16_t previous_mask = node->plan.enabled;
    if (mask_control == 6) { /* every defined channel */
        mask = 0;
        for (uint8_t i = 0; i < REGION_CHANNELS; i++) {
            mask |= (uint16_t)((region_frequency_hz(&node->plan, i) != 0 ? 1u : 0u) << i);
        }
    }
    bool power_ok = power < REGION_POWER_STEPS || power == 0x0Fu;
    bool rate_ok = rate == 0x0Fu || region_data_rate(rate) != NULL;
    bool mask_ok =
        (mask_control == 0 || mask_control == 6) && region_set_mask(&node->plan, mask);
    if (power_ok && rate_ok && mask_ok) {
        if (rate != 0x0Fu) {
            node->session.data_rate = rate;
        }
        if (power != 0x0Fu) {
            node->session.power_step = power;
        }
        node->session.repetitions = repetitions == 0 ? 1 : repetitions;
    } else {
        region_set_mask(&node->plan, previous_mask);
    }
    queue_status(node, LINK_ADR, (uint8_t)((power_ok << 2) | (rate_ok << 1) | mask_ok));
}

static void handle_duty_cycle(struct lorawan_node *node, const uint8_t *arguments)
{
    duty_cycle_set_aggregate(&node->duty_cycle, arguments[0]);
    queue_id(node, DUTY_CYCLE);
}

static void handle_rx_parameters(struct lorawan_node *node, const uint8_t *arguments)
{
    uint8_t offset = (arguments[0] >> 4) & 0x07u;
    uint8_t rate = arguments[0] & 0x0Fu;
    uint32_t frequency_hz = get_le24(arguments + 1) * 100u;
    bool offset_ok = offset <= 5;
    bool rate_ok = region_data_rate(rate) != NULL;
    bool frequency_ok = region_allows_frequency(frequency_hz);
    if (offset_ok && rate_ok && frequency_ok) {
        node->session.rx1_rate_offset = offset;
        node->session.rx2_rate = rate;
        node->session.rx2_frequency_hz = frequency_hz;
    }
    queue_status(node, RX_PARAMETERS, (uint8_t)((offset_ok << 2) | (rate_ok << 1) | frequency_ok));
}

static void handle_device_status(struct lorawan_node *node, const uint8_t *arguments)
{
    (void)arguments;
    /* The margin of this very frame: the console has no noise, so the middle of the scale. */
    uint8_t bytes[3] = {DEVICE_STATUS, node->host->battery_level(), 0};
    queue(node, bytes, sizeof bytes);
}

static void handle_new_channel(struct lorawan_node *node, const uint8_t *arguments)
{
    struct lorawan_channel channel = {
        .frequency_hz = get_le24(arguments + 1) * 100u,
        .lowest_rate = arguments[4] & 0x0Fu,
        .highest_rate = arguments[4] >> 4,
    };
    bool rates_ok = channel.lowest_rate <= channel.highest_rate &&
                    region_data_rate(channel.highest_rate) != NULL;
    bool frequency_ok =
        region_may_change(arguments[0]) &&
        (channel.frequency_hz == 0 || region_allows_frequency(channel.frequency_hz));
    if (rates_ok && frequency_ok) {
        region_set_channel(&node->plan, arguments[0], &channel);
    }
    queue_status(node, NEW_CHANNEL, (uint8_t)((rates_ok << 1) | frequency_ok));
}

static void handle_rx_timing(struct lorawan_node *node, const uint8_t *arguments)
{
    uint8_t delay_s = arguments[0] & 0x0Fu;
    node->session.rx1_delay_s = delay_s == 0 ? 1 : delay_s;
    queue_id(node, RX_TIMING);
}

static void handle_downlink_channel(struct lorawan_node *node, const uint8_t *arguments)
{
    bool exists = region_frequency_hz(&node->plan, arguments[0]) != 0;
    bool frequency_ok = region_allows_frequency(get_le24(arguments + 1) * 100u);
    queue_status(node, DOWNLINK_CHANNEL, (uint8_t)((exists << 1) | frequency_ok));
}

static void handle_device_time(struct lorawan_node *node, const uint8_t *arguments)
{
    node->host->network_time(get_le32(arguments));
}

static const struct {
    uint8_t id;
    uint8_t argument_bytes;
    void (*handle)(struct lorawan_node *node, const uint8_t *arguments);
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
static size_t handle_one(struct lorawan_node *node, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        if (handlers[i].id == bytes[0] && handlers[i].argument_bytes < size) {
            handlers[i].handle(node, bytes + 1);
            return 1u + handlers[i].argument_bytes;
        }
    }
    return 0;
}

void mac_commands_handle(struct lorawan_node *node, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        size_t used = handle_one(node, bytes, size);
        if (used == 0) {
            return;
        }
        bytes += used;
        size -= used;
    }
}

void mac_commands_request_link_check(struct lorawan_node *node)
{
    queue_id(node, LINK_CHECK);
}

void mac_commands_request_time(struct lorawan_node *node)
{
    queue_id(node, DEVICE_TIME);
}

size_t mac_commands_pending(const struct lorawan_node *node)
{
    return node->answers.used;
}

size_t mac_commands_take(struct lorawan_node *node, uint8_t *to, size_t limit)
{
    struct mac_answers *answers = &node->answers;
    size_t size = answers->used <= limit ? answers->used : 0;
    memcpy(to, answers->bytes, size);
    answers->used -= size;
    return size;
}
