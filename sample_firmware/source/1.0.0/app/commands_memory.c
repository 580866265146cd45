/* Commands that look at memory: the running image and what is around it. */
#include <stdbool.h>

#include "app/commands.h"
#include "board/image_header.h"
#include "console/console.h"
#include "console/output.h"
#include "lib/checksums.h"
#include "lib/text.h"

#define LINE_BYTES 16u
#define DUMP_LIMIT 1024u

/* The linker script defines these two. */
extern const uint8_t ram_start[];
extern const uint8_t ram_end[];

static bool is_within(uint32_t address, uint32_t size, uint32_t start, uint32_t end)
{
    return address >= start && address <= end && size <= end - address;
}

/* Anything else may be a register whose reading has effects, or nothing at all. */
static bool is_readable(uint32_t address, uint32_t size)
{
    uint32_t image_end = image_header.link_address + image_header.image_bytes;
    return is_within(address, size, image_header.link_address, image_end) ||
           is_within(address, size, (uint32_t)ram_start, (uint32_t)ram_end);
}

static const char *run_image(size_t count, char *words[])
{
    (void)count;
    (void)words;
    const void *image = (const void *)image_header.link_address;
    console_print("%s %s at 0x%08lx, %lu bytes, crc32 %08lx\n", image_header.product,
                  image_header.version_text, (unsigned long)image_header.link_address,
                  (unsigned long)image_header.image_bytes,
                  (unsigned long)crc32(image, image_header.image_bytes));
    return NULL;
}

static void print_characters(const uint8_t *bytes, uint32_t size)
{
    char text[LINE_BYTES + 1];
    for (uint32_t i = 0; i < size; i++) {
        text[i] = bytes[i] >= ' ' && bytes[i] <= '~' ? (char)bytes[i] : '.';
    }
    text[size] = '\0';
    console_print("  %s\n", text);
}

static const char *run_dump(size_t count, char *words[])
{
    uint32_t address;
    uint32_t left = 64;
    if (!text_to_u32(words[1], &address) || (count > 2 && !text_to_u32(words[2], &left))) {
        return "not a number";
    }
    if (left > DUMP_LIMIT) {
        return "at most 1024 bytes at a time";
    }
    if (!is_readable(address, left)) {
        return "neither in the image nor in RAM";
    }
    while (left > 0) {
        const uint8_t *bytes = (const uint8_t *)address;
        uint32_t size = left < LINE_BYTES ? left : LINE_BYTES;
        console_print("%08lx  ", (unsigned long)address);
        console_write_bytes(bytes, size);
        print_characters(bytes, size);
        address += size;
        left -= size;
    }
    return NULL;
}

static const struct command commands[] = {
    {"image", "", "the running image, with its CRC-32", 1, run_image},
    {"dump", "ADDRESS [BYTES]", "memory of the image and RAM", 2, run_dump},
};

void commands_memory_add(void)
{
    console_add_commands(commands, sizeof commands / sizeof commands[0]);
}
