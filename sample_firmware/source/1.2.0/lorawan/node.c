#include "lorawan/node.h"

#include <string.h>

#include "lorawan/adaptive_rate.h"
#include "lorawan/duty_cycle.h"
#include "lorawan/mac_commands.h"
#include "lorawan/region.h"

/* RP002-1.0.3, section 2.4.8: the second receive window of EU868. */
#define RX2_FREQUENCY_HZ 869525000u
#define RX2_DATA_RATE 0
#define RX1_DELAY_S 1

void lorawan_node_init(struct lorawan_node *node, const struct lorawan_host *host)
{
    memset(node, 0, sizeof *node);
    node->host = host;
    region_reset(&node->plan);
}

void lorawan_node_activate(struct lorawan_node *node, uint32_t device_address,
                           const uint8_t network_key[AES128_KEY_BYTES],
                           const uint8_t application_key[AES128_KEY_BYTES])
{
    struct lorawan_session fresh = {
        .active = true,
        .data_rate = node->first_data_rate,
        .repetitions = 1,
        .rx1_delay_s = RX1_DELAY_S,
        .rx2_rate = RX2_DATA_RATE,
        .rx2_frequency_hz = RX2_FREQUENCY_HZ,
        .device_address = device_address,
    };
    memcpy(fresh.network_key, network_key, sizeof fresh.network_key);
    memcpy(fresh.application_key, application_key, sizeof fresh.application_key);
    node->session = fresh;
    region_reset(&node->plan);
    duty_cycle_set_aggregate(&node->duty_cycle, 0);
    mac_commands_reset(node);
    adaptive_rate_reset(node);
}

struct radio_channel lorawan_node_radio(const struct lorawan_node *node, uint32_t frequency_hz)
{
    const struct data_rate *rate = region_data_rate(node->session.data_rate);
    struct radio_channel channel = {
        .frequency_hz = frequency_hz,
        .bandwidth_hz = rate->bandwidth_hz,
        .spreading_factor = rate->spreading_factor,
        .power_dbm = region_power_dbm(node->session.power_step),
    };
    return channel;
}
