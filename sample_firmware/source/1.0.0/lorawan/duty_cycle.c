#include "lorawan/duty_cycle.h"

#include <stdbool.h>
#include <stddef.h>

struct sub_band {
    uint32_t low_hz;
    uint32_t high_hz;
    uint32_t divisor; /* 100 is 1 % */
};

static const struct sub_band sub_bands[] = {
    {863000000u, 865000000u, 1000}, {865000000u, 868000000u, 100}, {868000000u, 868600000u, 100},
    {868700000u, 869200000u, 1000}, {869400000u, 869650000u, 10},  {869700000u, 870000000u, 100},
};

#define BANDS (sizeof sub_bands / sizeof sub_bands[0])

/* Whoever sends for t stays silent for t * (divisor - 1) afterwards. */
struct silence {
    bool active;
    uint32_t until_ms;
};

static struct silence band_silence[BANDS];
static struct silence aggregate_silence;
static uint8_t aggregate_exponent;
static uint64_t total_us;

static size_t band_of(uint32_t frequency_hz)
{
    for (size_t i = 0; i < BANDS; i++) {
        if (frequency_hz >= sub_bands[i].low_hz && frequency_hz < sub_bands[i].high_hz) {
            return i;
        }
    }
    return 0; /* between the bands: the strictest of them */
}

static uint32_t remaining_ms(struct silence *silence, uint32_t now_ms)
{
    int32_t left_ms = (int32_t)(silence->until_ms - now_ms);
    if (!silence->active || left_ms <= 0) {
        silence->active = false; /* or the clock's wrap would bring it back */
        return 0;
    }
    return (uint32_t)left_ms;
}

uint32_t duty_cycle_wait_ms(uint32_t frequency_hz, uint32_t now_ms)
{
    uint32_t band_ms = remaining_ms(&band_silence[band_of(frequency_hz)], now_ms);
    uint32_t aggregate_ms = remaining_ms(&aggregate_silence, now_ms);
    return band_ms > aggregate_ms ? band_ms : aggregate_ms;
}

static void begin_silence(struct silence *silence, uint64_t duration_us, uint32_t now_ms)
{
    silence->active = true;
    silence->until_ms = now_ms + (uint32_t)((duration_us + 999u) / 1000u);
}

void duty_cycle_spend(uint32_t frequency_hz, uint32_t airtime_us, uint32_t now_ms)
{
    size_t band = band_of(frequency_hz);
    total_us += airtime_us;
    begin_silence(&band_silence[band], (uint64_t)airtime_us * (sub_bands[band].divisor - 1u),
                  now_ms);
    if (aggregate_exponent != 0) {
        uint64_t factor = (1ull << aggregate_exponent) - 1u;
        begin_silence(&aggregate_silence, airtime_us * factor, now_ms);
    }
}

void duty_cycle_set_aggregate(uint8_t exponent)
{
    aggregate_exponent = exponent & 0x0Fu;
}

uint32_t duty_cycle_total_ms(void)
{
    return (uint32_t)(total_us / 1000u);
}
