#include "console/console.h"

#include <stdbool.h>
#include <string.h>

#include "board/board.h"
#include "console/output.h"
#include "lib/text.h"

#define GROUPS 6
#define BACKSPACE 0x08
#define DELETE 0x7F
#define CONTROL_U 0x15

struct group {
    const struct command *commands;
    size_t count;
};

static struct group groups[GROUPS];
static size_t group_count;
static char line[CONSOLE_LINE_BYTES];
static size_t line_bytes;
static bool line_too_long;
static struct console_counts counts;

void console_add_commands(const struct command *commands, size_t count)
{
    if (group_count < GROUPS) {
        groups[group_count].commands = commands;
        groups[group_count].count = count;
        group_count++;
    }
}

static const struct command *find_command(const char *name)
{
    for (size_t g = 0; g < group_count; g++) {
        for (size_t i = 0; i < groups[g].count; i++) {
            if (text_equal(name, groups[g].commands[i].name)) {
                return &groups[g].commands[i];
            }
        }
    }
    return NULL;
}

static void print_help(void)
{
    for (size_t g = 0; g < group_count; g++) {
        for (size_t i = 0; i < groups[g].count; i++) {
            const struct command *command = &groups[g].commands[i];
            console_print("%-10s %-24s %s\n", command->name, command->arguments, command->summary);
        }
    }
}

static const char *run_words(size_t count, char *words[])
{
    if (text_equal(words[0], "help")) {
        print_help();
        return NULL;
    }
    const struct command *command = find_command(words[0]);
    if (command == NULL) {
        return "unknown command, try help";
    }
    if (count < command->least_words) {
        console_print("usage: %s %s\n", command->name, command->arguments);
        return "too few arguments";
    }
    return command->run(count, words);
}

static void run_line(void)
{
    char *words[COMMAND_WORDS];
    line[line_bytes] = '\0';
    size_t count = text_split(line, words, COMMAND_WORDS);
    if (count == 0 && !line_too_long) {
        return;
    }
    const char *error = line_too_long ? "line too long" : run_words(count, words);
    if (error == NULL) {
        counts.succeeded++;
        console_write("ok\n");
    } else {
        counts.failed++;
        console_print("error: %s\n", error);
    }
}

static void take_byte(uint8_t byte)
{
    switch (byte) {
    case '\r':
    case '\n':
        run_line();
        line_bytes = 0;
        line_too_long = false;
        break;
    case BACKSPACE:
    case DELETE:
        line_bytes -= line_bytes > 0 ? 1 : 0;
        break;
    case CONTROL_U:
        line_bytes = 0;
        break;
    default:
        if (line_bytes + 1 < sizeof line) {
            line[line_bytes++] = (char)byte;
        } else {
            line_too_long = true;
        }
        break;
    }
}

void console_run(uint32_t now_ms)
{
    (void)now_ms;
    uint8_t byte;
    while (board_uart_read(&byte)) {
        take_byte(byte);
    }
}

struct console_counts console_counts(void)
{
    return counts;
}
