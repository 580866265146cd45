#include "lorawan/region.h"

#include <stddef.h>
#include <string.h>

#include "lorawan/duty_cycle.h"

#define DEFAULT_CHANNELS 3
#define MAXIMUM_POWER_DBM 16
#define LOWEST_HZ 863000000u
#define HIGHEST_HZ 870000000u

static const struct data_rate data_rates[REGION_DATA_RATES] = {
    {12, 51, 125000}, {11, 51, 125000}, {10, 51, 125000},
    {9, 115, 125000}, {8, 222, 125000}, {7, 222, 125000},
};

static const struct lorawan_channel default_channels[DEFAULT_CHANNELS] = {
    {868100000u, 0, 5}, {868300000u, 0, 5}, {868500000u, 0, 5},
};

void region_reset(struct channel_plan *plan)
{
    memset(plan, 0, sizeof *plan);
    memcpy(plan->channels, default_channels, sizeof default_channels);
    plan->enabled = (1u << DEFAULT_CHANNELS) - 1u;
    plan->last_used = REGION_CHANNELS - 1;
}

const struct data_rate *region_data_rate(uint8_t index)
{
    return index < REGION_DATA_RATES ? &data_rates[index] : NULL;
}

int8_t region_power_dbm(uint8_t step)
{
    return (int8_t)(MAXIMUM_POWER_DBM - 2 * (step < REGION_POWER_STEPS ? step : 0));
}

bool region_allows_frequency(uint32_t frequency_hz)
{
    return frequency_hz >= LOWEST_HZ && frequency_hz <= HIGHEST_HZ;
}

bool region_may_change(uint8_t index)
{
    return index >= DEFAULT_CHANNELS && index < REGION_CHANNELS;
}

bool region_set_channel(struct channel_plan *plan, uint8_t index,
                        const struct lorawan_channel *channel)
{
    if (!region_may_change(index)) {
        return false;
    }
    if (channel->frequency_hz == 0) {
        plan->channels[index].frequency_hz = 0;
        plan->enabled &= (uint16_t)~(1u << index);
        return true;
    }
    if (!region_allows_frequency(channel->frequency_hz) ||
        channel->lowest_rate > channel->highest_rate ||
        channel->highest_rate >= REGION_DATA_RATES) {
        return false;
    }
    plan->channels[index] = *channel;
    plan->enabled |= (uint16_t)(1u << index);
    return true;
}

bool region_set_mask(struct channel_plan *plan, uint16_t mask)
{
    for (unsigned i = 0; i < REGION_CHANNELS; i++) {
        if ((mask & (1u << i)) && plan->channels[i].frequency_hz == 0) {
            return false;
        }
    }
    if (mask == 0) {
        return false;
    }
    plan->enabled = mask;
    return true;
}

uint32_t region_frequency_hz(const struct channel_plan *plan, uint8_t index)
{
    return index < REGION_CHANNELS ? plan->channels[index].frequency_hz : 0;
}

static bool is_usable(const struct channel_plan *plan, unsigned index, uint8_t rate)
{
    const struct lorawan_channel *channel = &plan->channels[index];
    return (plan->enabled & (1u << index)) && rate >= channel->lowest_rate &&
           rate <= channel->highest_rate;
}

bool region_choose_channel(struct lorawan_node *node, uint32_t now_ms, uint32_t *frequency_hz,
                           uint32_t *wait_ms)
{
    struct channel_plan *plan = &node->plan;
    *wait_ms = UINT32_MAX;
    /* In turns, from the one behind the last used, so that no channel is favoured. */
    for (unsigned i = 1; i <= REGION_CHANNELS; i++) {
        unsigned index = (plan->last_used + i) % REGION_CHANNELS;
        if (!is_usable(plan, index, node->session.data_rate)) {
            continue;
        }
        uint32_t candidate_hz = plan->channels[index].frequency_hz;
        uint32_t channel_wait_ms = duty_cycle_wait_ms(&node->duty_cycle, candidate_hz, now_ms);
        if (channel_wait_ms == 0) {
            plan->last_used = (uint8_t)index;
            *frequency_hz = candidate_hz;
            *wait_ms = 0;
            return true;
        }
        if (channel_wait_ms < *wait_ms) {
            *wait_ms = channel_wait_ms;
        }
    }
    return false;
}
