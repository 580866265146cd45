#include "simulation/environment.h"

#include "board/board.h"
#include "lib/fixed_point.h"

#define DAY_MS (24u * 60u * 1000u)
#define FRONT_MS (5u * DAY_MS) /* a weather front passes about every five days */

/* 3650 mV on the gauge's scale, and the charge of a small AA cell per step of the ADC. */
#define BATTERY_FULL_ADC 3559
#define BATTERY_UAS_PER_STEP 4000000u
#define SLEEP_UA 2u /* of app/energy.c */

static uint32_t drained_uas;

/* A hash instead of a generator: noise depends on the moment and not on how often it is asked. */
static int32_t noise(uint32_t seed, int32_t amplitude)
{
    uint32_t mixed = seed * 2654435761u;
    mixed ^= mixed >> 15;
    mixed *= 2246822519u;
    mixed ^= mixed >> 13;
    return (int32_t)(mixed % (uint32_t)(2 * amplitude + 1)) - amplitude;
}

static int32_t wave(uint32_t now_ms, uint32_t period_ms, int32_t amplitude)
{
    uint16_t angle = (uint16_t)(((uint64_t)(now_ms % period_ms) << 16) / period_ms);
    return sine_q15(angle) * amplitude / 32768;
}

struct weather environment_weather(void)
{
    uint32_t now_ms = board_uptime_ms();
    uint32_t second = now_ms / 1000u;
    int32_t warmth = wave(now_ms, DAY_MS, 650);
    struct weather weather = {
        .temperature_centi_c = 1480 + warmth + wave(now_ms, FRONT_MS, 400) + noise(second, 6),
        .humidity_centi_percent = clamp_i32(6400 - 2 * warmth + noise(second + 1u, 25), 500, 9900),
        .pressure_pa = 101325 + wave(now_ms, FRONT_MS, 1400) + noise(second + 2u, 4),
    };
    return weather;
}

void environment_drain(uint32_t charge_uas)
{
    drained_uas += charge_uas;
}

int32_t environment_battery_adc(void)
{
    uint32_t slept_uas = board_uptime_ms() / 1000u * SLEEP_UA;
    uint32_t steps = (drained_uas + slept_uas) / BATTERY_UAS_PER_STEP;
    return clamp_i32(BATTERY_FULL_ADC - (int32_t)steps, 0, BATTERY_FULL_ADC);
}
