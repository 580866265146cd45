/* The time of day, once the network has told it; kept by the millisecond clock in between. */
#ifndef OS_WALL_CLOCK_H
#define OS_WALL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* LoRaWAN counts seconds since 1980-01-06 without leap seconds, as GPS does. */
void wall_clock_set_gps(uint32_t gps_s);

/* Moves the clock by a correction; before it was set, from uptime 0. */
void wall_clock_adjust(int32_t correction_s);

/* Seconds as GPS counts them; before the clock was set, the uptime. */
uint32_t wall_clock_gps_s(void);

/* Seconds since 1970 (UTC); false before the clock was set. */
bool wall_clock_unix_s(uint32_t *unix_s);

#endif
