/* What a command is. */
#ifndef CONSOLE_COMMAND_H
#define CONSOLE_COMMAND_H

#include <stddef.h>

#define COMMAND_WORDS 6

/* words[0] is the command's name. Returns NULL on success, else what to print behind "error: ". */
typedef const char *(*command_function)(size_t count, char *words[]);

struct command {
    const char *name;
    const char *arguments; /* for the help: "SF BYTES" */
    const char *summary;
    size_t least_words; /* with the name; fewer are refused before the command runs */
    command_function run;
};

#endif
