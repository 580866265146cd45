#include "board/image_header.h"

#include "app/version.h"

/* The linker script defines these two; their addresses are the values. */
extern const uint8_t image_start[];
extern const uint8_t image_size[];

__attribute__((section(".image_header"), used)) const struct image_header image_header = {
    .magic = IMAGE_HEADER_MAGIC,
    .link_address = (uint32_t)image_start,
    .image_bytes = (uint32_t)image_size,
    .version = {VERSION_MAJOR, VERSION_MINOR, VERSION_PATCH, 0},
    .product = "sensor-node",
    .version_text = VERSION_TEXT,
};
