/*
 * The node's settings: named, typed, checked, kept in the record store.
 *
 * A value that was never set, or that is no longer in range after an update, reads as the default.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The index of a setting; its key in the store is one more and never changes its meaning. */
enum setting {
    SETTING_SAMPLE_PERIOD_S,
    SETTING_REPORT_PERIOD_S,
    SETTING_DATA_RATE,
    SETTING_ADAPTIVE_RATE,
    SETTING_CONFIRMED,
    SETTING_PORT,
    SETTING_ALTITUDE_M,
    SETTING_TEMPERATURE_LOW,
    SETTING_TEMPERATURE_HIGH,
    SETTING_HUMIDITY_HIGH,
    SETTING_BATTERY_LOW,
    SETTING_DEV_NONCE,
    SETTING_DEV_EUI,
    SETTING_JOIN_EUI,
    SETTING_APP_KEY,
    SETTING_COUNT
};

enum setting_result { SETTING_OK, SETTING_UNKNOWN, SETTING_MALFORMED, SETTING_OUT_OF_RANGE,
                      SETTING_STORE_FULL };

#define SETTING_TEXT_BYTES 40

/* Loads every setting; call once at boot. */
void settings_load(void);

/* Values of numbers and switches. */
int32_t settings_number(enum setting setting);

/* Values of byte strings: 8 bytes for an EUI, 16 for a key. */
const uint8_t *settings_bytes(enum setting setting);

/* Changes a number from the firmware itself; out of range is refused. */
enum setting_result settings_set_number(enum setting setting, int32_t value);

/* The console's side: by name, as text. */
const char *settings_name(enum setting setting);
bool settings_find(const char *name, enum setting *setting);
void settings_to_text(enum setting setting, char text[SETTING_TEXT_BYTES]);
enum setting_result settings_set_text(enum setting setting, const char *text);

/* Back to defaults, for good. */
void settings_reset(void);

/* Counts changes, so that users of a setting notice one. */
uint32_t settings_generation(void);

#endif
