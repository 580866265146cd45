#include "config/settings.h"

#include <stdio.h>
#include <string.h>

#include "config/record_store.h"
#include "lib/text.h"
#include "os/event_log.h"

enum kind { KIND_NUMBER, KIND_SWITCH, KIND_BYTES };

struct definition {
    const char *name;
    enum kind kind;
    int32_t minimum; /* of a byte string: its size */
    int32_t maximum;
    int32_t initial;
    const uint8_t *initial_bytes;
};

#define BYTE_SETTINGS 3
#define BYTE_SETTING_LIMIT 16

/* Placeholders of the kind that a factory replaces; the key is the one of RFC 4493's examples. */
static const uint8_t initial_dev_eui[8] = {0x02, 0x00, 0x5E, 0xFF, 0xFE, 0x10, 0x00, 0x01};
static const uint8_t initial_join_eui[8] = {0x02, 0x00, 0x5E, 0xFF, 0xFE, 0x00, 0x00, 0x00};
static const uint8_t initial_app_key[16] = {
    0x2B, 0x7E, 0x15, 0x16, 0x28, 0xAE, 0xD2, 0xA6, 0xAB, 0xF7, 0x15, 0x88, 0x09, 0xCF, 0x4F, 0x3C,
};

static const struct definition definitions[SETTING_COUNT] = {
    [SETTING_SAMPLE_PERIOD_S] = {"sample-period-s", KIND_NUMBER, 1, 3600, 10, NULL},
    [SETTING_REPORT_PERIOD_S] = {"report-period-s", KIND_NUMBER, 30, 86400, 600, NULL},
    [SETTING_DATA_RATE] = {"data-rate", KIND_NUMBER, 0, 5, 0, NULL},
    [SETTING_ADAPTIVE_RATE] = {"adaptive-rate", KIND_SWITCH, 0, 1, 1, NULL},
    [SETTING_CONFIRMED] = {"confirmed", KIND_SWITCH, 0, 1, 0, NULL},
    [SETTING_PORT] = {"port", KIND_NUMBER, 1, 223, 2, NULL},
    [SETTING_ALTITUDE_M] = {"altitude-m", KIND_NUMBER, -400, 9000, 0, NULL},
    [SETTING_TEMPERATURE_LOW] = {"temperature-low", KIND_NUMBER, -4000, 8500, -1000, NULL},
    [SETTING_TEMPERATURE_HIGH] = {"temperature-high", KIND_NUMBER, -4000, 8500, 3500, NULL},
    [SETTING_HUMIDITY_HIGH] = {"humidity-high", KIND_NUMBER, 0, 10000, 9500, NULL},
    [SETTING_BATTERY_LOW] = {"battery-low", KIND_NUMBER, 0, 100, 10, NULL},
    [SETTING_DEV_NONCE] = {"dev-nonce", KIND_NUMBER, 0, 65535, 0, NULL},
    [SETTING_DEV_EUI] = {"dev-eui", KIND_BYTES, 8, 8, 0, initial_dev_eui},
    [SETTING_JOIN_EUI] = {"join-eui", KIND_BYTES, 8, 8, 1, initial_join_eui},
    [SETTING_APP_KEY] = {"app-key", KIND_BYTES, 16, 16, 2, initial_app_key},
    [SETTING_SOIL_DRY] = {"soil-dry", KIND_NUMBER, 0, 6000, 1000, NULL}, /* wilting point */
    [SETTING_SOIL_WET] = {"soil-wet", KIND_NUMBER, 0, 6000, 3500, NULL}, /* field capacity */
};

static int32_t numbers[SETTING_COUNT]; /* of a byte string: its row in byte_strings */
static uint8_t byte_strings[BYTE_SETTINGS][BYTE_SETTING_LIMIT];
static uint32_t generation;

static uint16_t store_key(enum setting setting)
{
    return (uint16_t)(setting + 1u);
}

static bool in_range(const struct definition *definition, int32_t value)
{
    return value >= definition->minimum && value <= definition->maximum;
}

static void load_number(enum setting setting, const struct definition *definition)
{
    int32_t value;
    bool usable = record_store_get(store_key(setting), &value, sizeof value) &&
                  in_range(definition, value);
    numbers[setting] = usable ? value : definition->initial;
}

static void load_bytes(enum setting setting, const struct definition *definition)
{
    uint8_t *bytes = byte_strings[definition->initial];
    size_t size = (size_t)definition->minimum;
    numbers[setting] = definition->initial;
    if (!record_store_get(store_key(setting), bytes, size)) {
        memcpy(bytes, definition->initial_bytes, size);
    }
}

void settings_load(void)
{
    if (!record_store_mount()) {
        event_log_add(EVENT_SETTINGS_ERASED, 0);
    }
    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        const struct definition *definition = &definitions[i];
        if (definition->kind == KIND_BYTES) {
            load_bytes((enum setting)i, definition);
        } else {
            load_number((enum setting)i, definition);
        }
    }
    generation++;
}

int32_t settings_number(enum setting setting)
{
    return numbers[setting];
}

const uint8_t *settings_bytes(enum setting setting)
{
    return byte_strings[numbers[setting]];
}

static enum setting_result store(enum setting setting, const void *value, size_t size)
{
    if (!record_store_put(store_key(setting), value, size)) {
        return SETTING_STORE_FULL;
    }
    generation++;
    event_log_add(EVENT_SETTING_CHANGED, store_key(setting));
    return SETTING_OK;
}

enum setting_result settings_set_number(enum setting setting, int32_t value)
{
    if (!in_range(&definitions[setting], value)) {
        return SETTING_OUT_OF_RANGE;
    }
    numbers[setting] = value;
    return store(setting, &value, sizeof value);
}

static enum setting_result set_bytes_text(enum setting setting, const char *text)
{
    uint8_t bytes[BYTE_SETTING_LIMIT];
    size_t size;
    if (!text_to_bytes(text, bytes, sizeof bytes, &size)) {
        return SETTING_MALFORMED;
    }
    if (size != (size_t)definitions[setting].minimum) {
        return SETTING_OUT_OF_RANGE;
    }
    memcpy(byte_strings[numbers[setting]], bytes, size);
    return store(setting, bytes, size);
}

enum setting_result settings_set_text(enum setting setting, const char *text)
{
    int32_t value;
    switch (definitions[setting].kind) {
    case KIND_BYTES:
        return set_bytes_text(setting, text);
    case KIND_SWITCH:
        if (text_equal(text, "on") || text_equal(text, "off")) {
            return settings_set_number(setting, text_equal(text, "on"));
        }
        return SETTING_MALFORMED;
    default:
        return text_to_i32(text, &value) ? settings_set_number(setting, value) : SETTING_MALFORMED;
    }
}

const char *settings_name(enum setting setting)
{
    return definitions[setting].name;
}

bool settings_find(const char *name, enum setting *setting)
{
    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        if (text_equal(name, definitions[i].name)) {
            *setting = (enum setting)i;
            return true;
        }
    }
    return false;
}

void settings_to_text(enum setting setting, char text[SETTING_TEXT_BYTES])
{
    const struct definition *definition = &definitions[setting];
    switch (definition->kind) {
    case KIND_BYTES:
        text_from_bytes(text, settings_bytes(setting), (size_t)definition->minimum);
        break;
    case KIND_SWITCH:
        strcpy(text, numbers[setting] ? "on" : "off");
        break;
    default:
        snprintf(text, SETTING_TEXT_BYTES, "%ld", (long)numbers[setting]);
        break;
    }
}

void settings_reset(void)
{
    record_store_erase();
    settings_load();
}

uint32_t settings_generation(void)
{
    return generation;
}
