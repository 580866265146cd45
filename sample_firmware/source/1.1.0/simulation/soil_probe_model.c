/* An SDI-12 soil probe in ground that slowly dries and that follows the air with a delay. */
#include <stdio.h>
#include <string.h>

#include "board/board.h"
#include "drivers/probe_line.h"
#include "drivers/soil_probe.h"
#include "lib/fixed_point.h"
#include "lib/text.h"
#include "simulation/environment.h"

/* Specification, section 4.4.2: address, version, maker (8), model (6), firmware (3). */
#define IDENTITY "014AIRDELTASOIL-3100"

#define RAIN_PERIOD_S 4000u
#define WET_PERMITTIVITY_CENTI 2600
#define DRY_PERMITTIVITY_CENTI 900

/* Rain fills the pores at once, then they empty, faster while there is much to lose. */
static int32_t permittivity_centi(void)
{
    int32_t dry_s = (int32_t)(board_uptime_ms() / 1000u % RAIN_PERIOD_S);
    int32_t left = WET_PERMITTIVITY_CENTI - DRY_PERMITTIVITY_CENTI;
    return DRY_PERMITTIVITY_CENTI + left * 1000 / (1000 + dry_s);
}

static void append_value(char *answer, size_t limit, int32_t hundredths)
{
    size_t used = strlen(answer);
    if (hundredths >= 0) {
        answer[used++] = '+';
    }
    text_from_hundredths(answer + used, limit - used, hundredths);
}

static void answer_values(char *answer, size_t limit)
{
    struct weather weather = environment_weather();
    int32_t permittivity = permittivity_centi();
    strcpy(answer, "0");
    append_value(answer, limit, permittivity);
    append_value(answer, limit, 1200 + (weather.temperature_centi_c - 1200) / 4);
    append_value(answer, limit, permittivity / 30);
    size_t size = strlen(answer);
    soil_probe_crc(answer, size, answer + size);
    answer[size + 3] = '\0';
}

bool probe_line_exchange(const char *command, char *answer, size_t limit)
{
    if (limit < SOIL_PROBE_ANSWER_BYTES || command[0] != SOIL_PROBE_ADDRESS) {
        return false;
    }
    if (text_equal(command + 1, "MC!")) {
        snprintf(answer, limit, "0000%d", SOIL_PROBE_VALUES); /* ready after 0 s */
    } else if (text_equal(command + 1, "D0!")) {
        answer_values(answer, limit);
    } else if (text_equal(command + 1, "I!")) {
        strcpy(answer, IDENTITY);
    } else {
        return false;
    }
    return true;
}
