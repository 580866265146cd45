#include "drivers/soil_probe.h"

#include <string.h>

#include "drivers/probe_line.h"
#include "lib/fixed_point.h"

#define CRC_CHARACTERS 3
#define REFERENCE_CENTI_C 2500

/* Conductivity rises by about 1.9 % per degree: the usual compensation to 25 degrees. */
#define CONDUCTIVITY_PER_DEGREE_PERMILLE 19

/* Every saturated mineral soil lies below this. */
#define WATER_LIMIT_CENTI_PERCENT 6000

void soil_probe_crc(const char *text, size_t size, char crc[3])
{
    uint16_t sum = 0;
    for (size_t i = 0; i < size; i++) {
        sum ^= (uint8_t)text[i];
        for (int bit = 0; bit < 8; bit++) {
            sum = (sum & 1u) ? (uint16_t)((sum >> 1) ^ 0xA001u) : (uint16_t)(sum >> 1);
        }
    }
    /* Six bits per character, with a bit set that makes each one printable. */
    crc[0] = (char)(0x40u | (sum >> 12));
    crc[1] = (char)(0x40u | ((sum >> 6) & 0x3Fu));
    crc[2] = (char)(0x40u | (sum & 0x3Fu));
}

/* Takes one value such as "+12.5" or "-0.25" in hundredths; false when there is none. */
static bool take_value(const char **at, int32_t *hundredths)
{
    const char *next = *at;
    if (*next != '+' && *next != '-') {
        return false;
    }
    bool negative = *next++ == '-';
    int32_t value = 0;
    int decimals = -1;
    for (; (*next >= '0' && *next <= '9') || (*next == '.' && decimals < 0); next++) {
        if (*next == '.') {
            decimals = 0;
        } else if (decimals < 2 && value < 10000000) {
            value = 10 * value + (*next - '0');
            decimals += decimals >= 0 ? 1 : 0;
        }
    }
    for (int missing = decimals < 0 ? 2 : 2 - decimals; missing > 0; missing--) {
        value *= 10;
    }
    *hundredths = negative ? -value : value;
    *at = next;
    return true;
}

static bool crc_is_right(const char *answer, size_t size)
{
    char crc[CRC_CHARACTERS];
    if (size <= CRC_CHARACTERS) {
        return false;
    }
    soil_probe_crc(answer, size - CRC_CHARACTERS, crc);
    return memcmp(crc, answer + size - CRC_CHARACTERS, CRC_CHARACTERS) == 0;
}

/* theta = -0.053 + 0.0292 e - 0.00055 e^2 + 0.0000043 e^3, in units of 1e-7 until the end. */
int32_t soil_probe_water_centi_percent(int32_t permittivity_centi)
{
    int64_t e = clamp_i32(permittivity_centi, 100, 8500);
    int64_t theta = -530000 + 292000 * e / 100 - 5500 * e * e / 10000 + 43 * e * e * e / 1000000;
    return clamp_i32(divide_rounded(theta, 1000), 0, WATER_LIMIT_CENTI_PERCENT);
}

static int32_t at_25_degrees(int32_t conductivity_us_cm, int32_t temperature_centi_c)
{
    int32_t off_centi_c = temperature_centi_c - REFERENCE_CENTI_C;
    int32_t factor_1e5 = 100000 + off_centi_c * CONDUCTIVITY_PER_DEGREE_PERMILLE;
    factor_1e5 = clamp_i32(factor_1e5, 20000, 300000);
    return divide_rounded((int64_t)conductivity_us_cm * 100000, factor_1e5);
}

bool soil_probe_read(struct soil_reading *reading)
{
    char answer[SOIL_PROBE_ANSWER_BYTES];
    int32_t values[SOIL_PROBE_VALUES];
    if (!probe_line_exchange("0MC!", answer, sizeof answer) || answer[0] != SOIL_PROBE_ADDRESS ||
        !probe_line_exchange("0D0!", answer, sizeof answer) || answer[0] != SOIL_PROBE_ADDRESS) {
        return false;
    }
    size_t size = strlen(answer);
    if (!crc_is_right(answer, size)) {
        return false;
    }
    answer[size - CRC_CHARACTERS] = '\0';
    const char *at = answer + 1;
    for (int i = 0; i < SOIL_PROBE_VALUES; i++) {
        if (!take_value(&at, &values[i])) {
            return false;
        }
    }
    reading->permittivity_centi = values[0];
    reading->temperature_centi_c = values[1];
    reading->conductivity_us_cm = at_25_degrees(values[2] * 10, values[1]); /* sent in dS/m */
    reading->water_centi_percent = soil_probe_water_centi_percent(values[0]);
    return true;
}

bool soil_probe_identify(char *text, size_t limit)
{
    char answer[SOIL_PROBE_ANSWER_BYTES];
    if (!probe_line_exchange("0I!", answer, sizeof answer) || answer[0] != SOIL_PROBE_ADDRESS ||
        strlen(answer) > limit) {
        return false;
    }
    strcpy(text, answer + 1);
    return true;
}
