#include "app/history.h"

#include "app/sampler.h"
#include "lib/fixed_point.h"

static struct history_record kept[HISTORY_RECORDS];
static uint32_t total;

void history_run(uint32_t now_ms)
{
    (void)now_ms;
    const struct measurement *latest = sampler_latest();
    struct history_record *record = &kept[total % HISTORY_RECORDS];
    record->time_s = latest->time_ms / 1000u;
    record->temperature_centi_c = (int16_t)latest->values[CHANNEL_TEMPERATURE];
    record->humidity_centi_percent = (uint16_t)latest->values[CHANNEL_HUMIDITY];
    record->pressure_deca_pa = (uint16_t)divide_rounded(latest->values[CHANNEL_PRESSURE], 10);
    record->battery_mv = (uint16_t)latest->values[CHANNEL_BATTERY_VOLTAGE];
    total++;
}

size_t history_count(void)
{
    return total < HISTORY_RECORDS ? total : HISTORY_RECORDS;
}

bool history_get(size_t age, struct history_record *record)
{
    if (age >= history_count()) {
        return false;
    }
    *record = kept[(total - 1u - age) % HISTORY_RECORDS];
    return true;
}

int32_t history_trend_centi_c_per_h(size_t records)
{
    struct history_record newest;
    struct history_record older;
    if (!history_get(0, &newest) || !history_get(records, &older)) {
        return 0;
    }
    int32_t seconds = (int32_t)(newest.time_s - older.time_s);
    if (seconds == 0) {
        return 0;
    }
    int32_t rise = newest.temperature_centi_c - older.temperature_centi_c;
    return divide_rounded((int64_t)rise * 3600, seconds);
}
