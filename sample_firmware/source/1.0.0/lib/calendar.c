#include "lib/calendar.h"

#include <stdio.h>

/*
 * Days are counted from 1 March of year 0, so that the leap day ends a year and the lengths of the
 * months follow a line: 153 days in every five months.
 */
#define DAYS_TO_1970 719468u
#define DAYS_OF_400_YEARS 146097u
#define DAYS_OF_100_YEARS 36524u
#define DAYS_OF_4_YEARS 1461u

struct calendar calendar_from_unix(uint32_t unix_s)
{
    uint32_t days = unix_s / 86400u + DAYS_TO_1970;
    uint32_t in_day_s = unix_s % 86400u;
    uint32_t era = days / DAYS_OF_400_YEARS;
    uint32_t in_era = days % DAYS_OF_400_YEARS;
    uint32_t year_of_era = (in_era - in_era / (DAYS_OF_4_YEARS - 1u) + in_era / DAYS_OF_100_YEARS -
                            in_era / (DAYS_OF_400_YEARS - 1u)) /
                           365u;
    uint32_t in_year =
        in_era - (365u * year_of_era + year_of_era / 4u - year_of_era / 100u);
    uint32_t month_from_march = (5u * in_year + 2u) / 153u;
    uint32_t month = month_from_march < 10u ? month_from_march + 3u : month_from_march - 9u;
    struct calendar date = {
        .year = (uint16_t)(era * 400u + year_of_era + (month <= 2u ? 1u : 0u)),
        .month = (uint8_t)month,
        .day = (uint8_t)(in_year - (153u * month_from_march + 2u) / 5u + 1u),
        .hour = (uint8_t)(in_day_s / 3600u),
        .minute = (uint8_t)(in_day_s / 60u % 60u),
        .second = (uint8_t)(in_day_s % 60u),
    };
    return date;
}

void calendar_to_text(const struct calendar *date, char text[CALENDAR_TEXT_BYTES])
{
    snprintf(text, CALENDAR_TEXT_BYTES, "%04u-%02u-%02uT%02u:%02u:%02uZ", date->year % 10000u,
             date->month % 100u, date->day % 100u, date->hour % 100u, date->minute % 100u,
             date->second % 100u);
}
