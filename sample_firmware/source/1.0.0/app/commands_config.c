/* The config command: list, get, set, reset, usage. */
#include "app/commands.h"
#include "config/record_store.h"
#include "config/settings.h"
#include "console/console.h"
#include "console/output.h"
#include "lib/text.h"

static void print_setting(enum setting setting)
{
    char text[SETTING_TEXT_BYTES];
    settings_to_text(setting, text);
    console_print("%s=%s\n", settings_name(setting), text);
}

static const char *list_settings(void)
{
    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        print_setting((enum setting)i);
    }
    return NULL;
}

static const char *set_setting(enum setting setting, const char *text)
{
    switch (settings_set_text(setting, text)) {
    case SETTING_OK:
        print_setting(setting);
        return NULL;
    case SETTING_MALFORMED:
        return "not a value of this setting's kind";
    case SETTING_OUT_OF_RANGE:
        return "value out of range";
    case SETTING_STORE_FULL:
        return "configuration store full";
    default:
        return "unknown setting";
    }
}

static const char *print_usage(void)
{
    struct record_store_usage usage = record_store_usage();
    console_print("%lu records, %lu of %lu bytes, page change %lu\n",
                  (unsigned long)usage.records, (unsigned long)usage.used_bytes,
                  (unsigned long)usage.page_bytes, (unsigned long)usage.sequence);
    return NULL;
}

static const char *run_config(size_t count, char *words[])
{
    enum setting setting;
    if (text_equal(words[1], "list")) {
        return list_settings();
    }
    if (text_equal(words[1], "usage")) {
        return print_usage();
    }
    if (text_equal(words[1], "reset")) {
        settings_reset();
        return NULL;
    }
    if (count < 3) {
        return "which setting?";
    }
    if (!settings_find(words[2], &setting)) {
        return "unknown setting";
    }
    if (text_equal(words[1], "get")) {
        print_setting(setting);
        return NULL;
    }
    if (text_equal(words[1], "set")) {
        return count < 4 ? "which value?" : set_setting(setting, words[3]);
    }
    return "list, get, set, reset or usage?";
}

static const struct command commands[] = {
    {"config", "list|get|set|reset|usage", "settings, by name", 2, run_config},
};

void commands_config_add(void)
{
    console_add_commands(commands, sizeof commands / sizeof commands[0]);
}
