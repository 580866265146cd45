/* Words, numbers and hexadecimal in text. */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Splits line at blanks, in place; returns how many words were found, at most limit. */
size_t text_split(char *line, char *words[], size_t limit);

bool text_equal(const char *left, const char *right);

/* Reads a whole word as a number, decimal or with 0x; false when it is none or out of range. */
bool text_to_u32(const char *text, uint32_t *value);
bool text_to_i32(const char *text, int32_t *value);

/* Reads an even number of hexadecimal digits; false when there are others or more than limit. */
bool text_to_bytes(const char *text, uint8_t *bytes, size_t limit, size_t *size);

/* Writes two digits per byte and a terminator: 2 * size + 1 characters. */
void text_from_bytes(char *text, const uint8_t *bytes, size_t size);

/* Writes a number of hundredths with its point, such as "-0.05". */
void text_from_hundredths(char *text, size_t limit, int32_t hundredths);

#endif
