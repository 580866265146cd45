#include "app/energy.h"

#include "board/board.h"

/*
 * Currents of the parts on the real board: STM32L476 data sheet (DS10198), cover page: 100 uA/MHz
 * running (80 MHz here) and 1.4 uA in Stop 2 with RTC; SX1262 data sheet, section 3.4: 0.6 uA
 * asleep and 4.6 mA receiving.
 */
#define SLEEP_UA 2u /* 1.4 and 0.6 */
#define PROCESSOR_UA 8000u
#define RECEIVER_UA 4600u

/* An AA lithium thionyl chloride cell, as makers rate it. */
#define BATTERY_MAH 2400u

static uint64_t used_uas[CONSUMER_COUNT];
static uint32_t running_total_ms;

static const char *const names[CONSUMER_COUNT] = {
    [CONSUMER_SLEEP] = "sleep",
    [CONSUMER_PROCESSOR] = "processor",
    [CONSUMER_TRANSMITTER] = "transmitter",
    [CONSUMER_RECEIVER] = "receiver",
};

void energy_transmitted(const struct radio_channel *channel, uint32_t airtime_us)
{
    uint32_t current_ua = 10u * radio_transmit_current_10ua(channel->power_dbm);
    used_uas[CONSUMER_TRANSMITTER] += (uint64_t)current_ua * airtime_us / 1000000u;
}

void energy_listened(uint32_t listening_ms)
{
    used_uas[CONSUMER_RECEIVER] += (uint64_t)RECEIVER_UA * listening_ms / 1000u;
}

void energy_ran(uint32_t running_ms)
{
    running_total_ms += running_ms;
    used_uas[CONSUMER_PROCESSOR] += (uint64_t)PROCESSOR_UA * running_ms / 1000u;
}

uint64_t energy_used_uas(enum consumer consumer)
{
    if (consumer == CONSUMER_SLEEP) {
        return (uint64_t)SLEEP_UA * (board_uptime_ms() - running_total_ms) / 1000u;
    }
    return used_uas[consumer];
}

const char *energy_consumer_name(enum consumer consumer)
{
    return names[consumer];
}

uint32_t energy_days(void)
{
    uint32_t uptime_s = board_uptime_ms() / 1000u;
    uint64_t total_uas = 0;
    for (unsigned i = 0; i < CONSUMER_COUNT; i++) {
        total_uas += energy_used_uas((enum consumer)i);
    }
    if (uptime_s == 0 || total_uas == 0) {
        return 0;
    }
    uint64_t battery_uas = BATTERY_MAH * 3600000ull;
    return (uint32_t)(battery_uas * uptime_s / total_uas / 86400u);
}
