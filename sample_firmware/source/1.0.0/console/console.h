/*
 * The text protocol: a host sends a line, the node answers with lines of which the last is "ok" or
 * "error: " and a reason. Lines that start with "air " may come at any time.
 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

#include "console/command.h"

#define CONSOLE_LINE_BYTES 560 /* a whole frame in hexadecimal and a command before it */

/* Adds a group of commands; later groups come later in the help. */
void console_add_commands(const struct command *commands, size_t count);

/* A task: takes what the UART has received and runs complete lines. */
void console_run(uint32_t now_ms);

/* Lines that ended in "ok" and in "error". */
struct console_counts {
    uint32_t succeeded;
    uint32_t failed;
};
struct console_counts console_counts(void);

#endif
