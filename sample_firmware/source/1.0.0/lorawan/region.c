#include "lorawan/region.h"

#include <stddef.h>
#include <string.h>

#include "lorawan/duty_cycle.h"

#define DEFAULT_CHANNELS 3
#define MAXIMUM_POWER_DBM 16
#define LOWEST_HZ 863000000u
#define HIGHEST_HZ 870000000u

struct channel {
    uint32_t frequency_hz; /* 0: does not exist */
    uint8_t lowest_rate;
    uint8_t highest_rate;
};

static const struct data_rate data_rates[REGION_DATA_RATES] = {
    {12, 51, 125000}, {11, 51, 125000}, {10, 51, 125000},
    {9, 115, 125000}, {8, 222, 125000}, {7, 222, 125000},
};

static const struct channel default_channels[DEFAULT_CHANNELS] = {
    {868100000u, 0, 5}, {868300000u, 0, 5}, {868500000u, 0, 5},
};

static struct channel channels[REGION_CHANNELS];
static uint16_t enabled;
static uint8_t last_used;

void region_reset(void)
{
    memset(channels, 0, sizeof channels);
    memcpy(channels, default_channels, sizeof default_channels);
    enabled = (1u << DEFAULT_CHANNELS) - 1u;
    last_used = REGION_CHANNELS - 1;
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

bool region_set_channel(uint8_t index, uint32_t frequency_hz, uint8_t lowest_rate,
                        uint8_t highest_rate)
{
    if (!region_may_change(index)) {
        return false;
    }
    if (frequency_hz == 0) {
        channels[index].frequency_hz = 0;
        enabled &= (uint16_t)~(1u << index);
        return true;
    }
    if (!region_allows_frequency(frequency_hz) || lowest_rate > highest_rate ||
        highest_rate >= REGION_DATA_RATES) {
        return false;
    }
    channels[index] = (struct channel){frequency_hz, lowest_rate, highest_rate};
    enabled |= (uint16_t)(1u << index);
    return true;
}

bool region_set_mask(uint16_t mask)
{
    for (unsigned i = 0; i < REGION_CHANNELS; i++) {
        if ((mask & (1u << i)) && channels[i].frequency_hz == 0) {
            return false;
        }
    }
    if (mask == 0) {
        return false;
    }
    enabled = mask;
    return true;
}

uint16_t region_mask(void)
{
    return enabled;
}

uint32_t region_frequency_hz(uint8_t index)
{
    return index < REGION_CHANNELS ? channels[index].frequency_hz : 0;
}

static bool is_usable(unsigned index, uint8_t rate)
{
    const struct channel *channel = &channels[index];
    return (enabled & (1u << index)) && rate >= channel->lowest_rate &&
           rate <= channel->highest_rate;
}

bool region_choose_channel(uint8_t rate, uint32_t now_ms, uint32_t *frequency_hz,
                           uint32_t *wait_ms)
{
    *wait_ms = UINT32_MAX;
    /* In turns, from the one behind the last used, so that no channel is favoured. */
    for (unsigned i = 1; i <= REGION_CHANNELS; i++) {
        unsigned index = (last_used + i) % REGION_CHANNELS;
        if (!is_usable(index, rate)) {
            continue;
        }
        uint32_t channel_wait_ms = duty_cycle_wait_ms(channels[index].frequency_hz, now_ms);
        if (channel_wait_ms == 0) {
            last_used = (uint8_t)index;
            *frequency_hz = channels[index].frequency_hz;
            *wait_ms = 0;
            return true;
        }
        if (channel_wait_ms < *wait_ms) {
            *wait_ms = channel_wait_ms;
        }
    }
    return false;
}
