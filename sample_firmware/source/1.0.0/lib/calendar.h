/* Dates of the Gregorian calendar from seconds. */
#ifndef LIB_CALENDAR_H
#define LIB_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

struct calendar {
    uint16_t year;
    uint8_t month;
    uint8_t day;
    uint8_t hour;
    uint8_t minute;
    uint8_t second;
};

#define CALENDAR_TEXT_BYTES 21

/* The date of seconds since 1970-01-01T00:00:00Z. */
struct calendar calendar_from_unix(uint32_t unix_s);

/* Writes such as 2024-02-29T12:00:00Z. */
void calendar_to_text(const struct calendar *date, char text[CALENDAR_TEXT_BYTES]);

#endif
