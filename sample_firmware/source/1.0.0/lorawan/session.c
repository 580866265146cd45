#include "lorawan/session.h"

#include <string.h>

#include "config/settings.h"
#include "lorawan/adaptive_rate.h"
#include "lorawan/duty_cycle.h"
#include "lorawan/mac_commands.h"
#include "lorawan/region.h"

/* RP002-1.0.3, section 2.4.8: the second receive window of EU868. */
#define RX2_FREQUENCY_HZ 869525000u
#define RX2_DATA_RATE 0
#define RX1_DELAY_S 1

struct lorawan_session lorawan_session;

void session_begin(uint32_t device_address, const uint8_t network_key[AES128_KEY_BYTES],
                   const uint8_t application_key[AES128_KEY_BYTES])
{
    struct lorawan_session fresh = {
        .active = true,
        .data_rate = (uint8_t)settings_number(SETTING_DATA_RATE),
        .repetitions = 1,
        .rx1_delay_s = RX1_DELAY_S,
        .rx2_rate = RX2_DATA_RATE,
        .rx2_frequency_hz = RX2_FREQUENCY_HZ,
        .device_address = device_address,
    };
    memcpy(fresh.network_key, network_key, sizeof fresh.network_key);
    memcpy(fresh.application_key, application_key, sizeof fresh.application_key);
    lorawan_session = fresh;
    duty_cycle_set_aggregate(0);
    mac_commands_reset();
    adaptive_rate_reset();
}

struct radio_channel session_radio_channel(uint32_t frequency_hz)
{
    const struct data_rate *rate = region_data_rate(lorawan_session.data_rate);
    struct radio_channel channel = {
        .frequency_hz = frequency_hz,
        .bandwidth_hz = rate->bandwidth_hz,
        .spreading_factor = rate->spreading_factor,
        .power_dbm = region_power_dbm(lorawan_session.power_step),
    };
    return channel;
}
