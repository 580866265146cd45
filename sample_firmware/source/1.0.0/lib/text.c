#include "lib/text.h"

#include <stdio.h>
#include <string.h>

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

size_t text_split(char *line, char *words[], size_t limit)
{
    size_t count = 0;
    char *at = line;
    while (count < limit) {
        while (is_blank(*at)) {
            at++;
        }
        if (*at == '\0') {
            break;
        }
        words[count++] = at;
        while (*at != '\0' && !is_blank(*at)) {
            at++;
        }
        if (*at != '\0') {
            *at++ = '\0';
        }
    }
    return count;
}

bool text_equal(const char *left, const char *right)
{
    return strcmp(left, right) == 0;
}

/* The value of a hexadecimal digit, or 16. */
static uint32_t digit_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return (uint32_t)(digit - '0');
    }
    char lower = (char)(digit | 0x20);
    if (lower >= 'a' && lower <= 'f') {
        return (uint32_t)(lower - 'a' + 10);
    }
    return 16;
}

bool text_to_u32(const char *text, uint32_t *value)
{
    uint32_t base = 10;
    if (text[0] == '0' && (text[1] | 0x20) == 'x') {
        base = 16;
        text += 2;
    }
    if (*text == '\0') {
        return false;
    }
    uint64_t sum = 0;
    for (; *text != '\0'; text++) {
        uint32_t digit = digit_value(*text);
        if (digit >= base) {
            return false;
        }
        sum = sum * base + digit;
        if (sum > UINT32_MAX) {
            return false;
        }
    }
    *value = (uint32_t)sum;
    return true;
}

bool text_to_i32(const char *text, int32_t *value)
{
    bool negative = text[0] == '-';
    uint32_t magnitude;
    if (!text_to_u32(negative ? text + 1 : text, &magnitude)) {
        return false;
    }
    if (magnitude > (negative ? 0x80000000u : 0x7FFFFFFFu)) {
        return false;
    }
    *value = (int32_t)(negative ? 0u - magnitude : magnitude);
    return true;
}

bool text_to_bytes(const char *text, uint8_t *bytes, size_t limit, size_t *size)
{
    size_t digits = strlen(text);
    if (digits % 2 != 0 || digits / 2 > limit) {
        return false;
    }
    for (size_t i = 0; i < digits / 2; i++) {
        uint32_t high = digit_value(text[2 * i]);
        uint32_t low = digit_value(text[2 * i + 1]);
        if (high > 15 || low > 15) {
            return false;
        }
        bytes[i] = (uint8_t)((high << 4) | low);
    }
    *size = digits / 2;
    return true;
}

void text_from_bytes(char *text, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *text++ = digits[bytes[i] >> 4];
        *text++ = digits[bytes[i] & 0xFu];
    }
    *text = '\0';
}

void text_from_hundredths(char *text, size_t limit, int32_t hundredths)
{
    const char *sign = hundredths < 0 ? "-" : "";
    uint32_t magnitude = hundredths < 0 ? 0u - (uint32_t)hundredths : (uint32_t)hundredths;
    snprintf(text, limit, "%s%lu.%02lu", sign, (unsigned long)(magnitude / 100u),
             (unsigned long)(magnitude % 100u));
}
