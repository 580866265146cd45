/* The soil command: what the probe says and what it means. */
#include "app/commands.h"
#include "config/settings.h"
#include "console/console.h"
#include "console/output.h"
#include "drivers/soil_probe.h"
#include "lib/fixed_point.h"
#include "lib/text.h"

static const char *print_identity(void)
{
    char identity[SOIL_PROBE_ANSWER_BYTES];
    if (!soil_probe_identify(identity, sizeof identity)) {
        return "the probe does not answer";
    }
    console_print("%s\n", identity);
    return NULL;
}

/* Share of the water that plants can use: 0 at the wilting point, 100 at field capacity. */
static int32_t available_centi_percent(int32_t water_centi_percent)
{
    int32_t dry = settings_number(SETTING_SOIL_DRY);
    int32_t wet = settings_number(SETTING_SOIL_WET);
    if (wet <= dry) {
        return 0;
    }
    int64_t above = (int64_t)(water_centi_percent - dry) * 10000;
    return clamp_i32(divide_rounded(above, wet - dry), 0, 10000);
}

static const char *print_reading(void)
{
    struct soil_reading reading;
    if (!soil_probe_read(&reading)) {
        return "the probe does not answer";
    }
    console_write("permittivity ");
    console_write_quantity(reading.permittivity_centi, 2, "\n");
    console_write("temperature  ");
    console_write_quantity(reading.temperature_centi_c, 2, "C\n");
    console_write("conductivity ");
    console_write_quantity(reading.conductivity_us_cm, 0, "uS/cm\n");
    console_write("water        ");
    console_write_quantity(reading.water_centi_percent, 2, "%\n");
    console_write("available    ");
    console_write_quantity(available_centi_percent(reading.water_centi_percent), 2, "%\n");
    return NULL;
}

static const char *run_soil(size_t count, char *words[])
{
    if (count == 1) {
        return print_reading();
    }
    return text_equal(words[1], "identity") ? print_identity() : "the only argument is identity";
}

static const struct command commands[] = {
    {"soil", "[identity]", "measure with the soil probe", 1, run_soil},
};

void commands_soil_add(void)
{
    console_add_commands(commands, sizeof commands / sizeof commands[0]);
}
