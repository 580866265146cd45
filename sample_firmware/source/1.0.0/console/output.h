/* Text to the UART. */
#ifndef CONSOLE_OUTPUT_H
#define CONSOLE_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

/* Writes text as it is, "\n" as "\r\n". */
void console_write(const char *text);

/* Formats and writes at most CONSOLE_PRINT_BYTES - 1 characters; integers and strings only. */
#define CONSOLE_PRINT_BYTES 128
__attribute__((format(printf, 1, 2))) void console_print(const char *format, ...);

/* Writes bytes as hexadecimal. */
void console_write_bytes(const uint8_t *bytes, size_t size);

/* Writes a number with its unit, such as "20.07 C"; decimals is 0 or 2. */
void console_write_quantity(int32_t value, unsigned decimals, const char *unit);

#endif
