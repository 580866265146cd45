#include "console/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "board/board.h"
#include "lib/text.h"

void console_write(const char *text)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, "\n");
        board_uart_write(text, plain);
        text += plain;
        if (*text == '\n') {
            board_uart_write("\r\n", 2);
            text++;
        }
    }
}

void console_print(const char *format, ...)
{
    char text[CONSOLE_PRINT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    console_write(text);
}

void console_write_bytes(const uint8_t *bytes, size_t size)
{
    char digits[3];
    for (size_t i = 0; i < size; i++) {
        text_from_bytes(digits, &bytes[i], 1);
        board_uart_write(digits, 2);
    }
}

void console_write_quantity(int32_t value, unsigned decimals, const char *unit)
{
    char number[16];
    if (decimals == 2) {
        text_from_hundredths(number, sizeof number, value);
        console_print("%s %s", number, unit);
    } else {
        console_print("%ld %s", (long)value, unit);
    }
}
