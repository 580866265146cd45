/* The last day in memory: one compact record per quarter of an hour of the simulated day. */
#ifndef APP_HISTORY_H
#define APP_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_PERIOD_MS 15000u
#define HISTORY_RECORDS 96u

struct history_record {
    uint32_t time_s;
    int16_t temperature_centi_c;
    uint16_t humidity_centi_percent;
    uint16_t pressure_deca_pa;
    uint16_t battery_mv;
};

/* A task: keeps the latest measurement. */
void history_run(uint32_t now_ms);

/* The record with the given age, 0 being the newest; false when there are fewer. */
bool history_get(size_t age, struct history_record *record);

size_t history_count(void);

/* Degrees per hour, times 100, between the newest record and the one `records` older. */
int32_t history_trend_centi_c_per_h(size_t records);

#endif
