#include "os/wall_clock.h"

#include "board/board.h"

/* From 1970 to 1980-01-06, less the 18 leap seconds between then and 2017. */
#define GPS_TO_UNIX_S (315964800u - 18u)

static bool is_set;
static uint32_t offset_s; /* GPS time minus uptime */

static uint32_t uptime_s(void)
{
    return board_uptime_ms() / 1000u;
}

void wall_clock_set_gps(uint32_t gps_s)
{
    offset_s = gps_s - uptime_s();
    is_set = true;
}

void wall_clock_adjust(int32_t correction_s)
{
    offset_s += (uint32_t)correction_s;
    is_set = true;
}

uint32_t wall_clock_gps_s(void)
{
    return uptime_s() + offset_s;
}

bool wall_clock_unix_s(uint32_t *unix_s)
{
    *unix_s = wall_clock_gps_s() + GPS_TO_UNIX_S;
    return is_set;
}
