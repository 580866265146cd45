/*
 * The image header: how a boot loader, or a technician with a memory dump, recognises the image.
 *
 * It lies behind the vectors, 0x100 bytes into the slot on every board (see sections.ld).
 */
#ifndef BOARD_IMAGE_HEADER_H
#define BOARD_IMAGE_HEADER_H

#include <stdint.h>

#define IMAGE_HEADER_MAGIC 0x31484E53u /* "SNH1" in a dump */

struct image_header {
    uint32_t magic;
    uint32_t link_address;
    uint32_t image_bytes;
    uint8_t version[4]; /* major, minor, patch, 0 */
    char product[16];
    char version_text[16];
};

extern const struct image_header image_header;

#endif
