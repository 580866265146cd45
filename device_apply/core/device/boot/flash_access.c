#include "flash_access.h"

#include <string.h>

#include "bytes.h"

/* Stack for reading back; larger is faster where a read has a fixed cost, as on SPI. */
#define READ_BACK_BYTES 32u
/* Stack for digesting. */
#define DIGEST_BYTES 64u
/* How much is digested between two calls of the watchdog. */
#define DIGEST_PIECE_BYTES 256u

void dv_watchdog(const struct airdelta_port *port)
{
    if (port->watchdog != NULL) port->watchdog(port->context);
}

static int is_blank(const uint8_t *bytes, uint32_t count, uint8_t erased_value)
{
    for (uint32_t i = 0; i < count; i++) {
        if (bytes[i] != erased_value) return 0;
    }
    return 1;
}

enum dv_place dv_read_place(const struct airdelta_port *port, const struct airdelta_layout *layout,
                            uint32_t offset, uint8_t *bytes, uint32_t count)
{
    enum airdelta_flash_result result = port->read(port->context, offset, bytes, count);
    if (result == AIRDELTA_FLASH_UNREADABLE) {
        memset(bytes, (uint8_t)~layout->erased_value, count);
        result = AIRDELTA_FLASH_OK; /* RULE 6: a fault on read is a torn place, not the end */
    }
    if (result != AIRDELTA_FLASH_OK) return DV_PLACE_FAILED;
    return is_blank(bytes, count, layout->erased_value) ? DV_PLACE_BLANK : DV_PLACE_WRITTEN;
}

static int reads_back(const struct airdelta_port *port, uint32_t offset, const uint8_t *bytes,
                      uint32_t count)
{
    uint8_t found[READ_BACK_BYTES];
    for (uint32_t at = 0; at < count; at += READ_BACK_BYTES) {
        uint32_t step = dv_min(count - at, READ_BACK_BYTES);
        if (port->read(port->context, offset + at, found, step) != AIRDELTA_FLASH_OK) return 0;
        if (memcmp(found, bytes + at, step) != 0) return 0;
    }
    return 1;
}

enum airdelta_flash_result dv_program(const struct airdelta_port *port, uint32_t offset,
                                     const uint8_t *bytes, uint32_t count)
{
    dv_watchdog(port);
    enum airdelta_flash_result result = port->program(port->context, offset, bytes, count);
    if (result != AIRDELTA_FLASH_OK) return result;
    return reads_back(port, offset, bytes, count) ? AIRDELTA_FLASH_OK : AIRDELTA_FLASH_REFUSED;
}

airdelta_device_status dv_erase_range(const struct airdelta_port *port, uint32_t offset,
                                      uint32_t bytes)
{
    uint32_t end = offset + bytes;
    while (offset < end) {
        uint32_t sector_bytes = port->sector_bytes(port->context, offset);
        if (sector_bytes == 0) return AIRDELTA_DEVICE_BAD_ARGUMENT;
        dv_watchdog(port);
        if (port->erase(port->context, offset) != AIRDELTA_FLASH_OK) {
            return AIRDELTA_DEVICE_FLASH_FAILED;
        }
        offset += sector_bytes;
    }
    return AIRDELTA_DEVICE_OK;
}

int dv_digest_piece(const struct airdelta_port *port, uint32_t offset, uint32_t bytes)
{
    uint8_t buffer[DIGEST_BYTES];
    dv_watchdog(port);
    for (uint32_t at = 0; at < bytes; at += DIGEST_BYTES) {
        uint32_t step = dv_min(bytes - at, DIGEST_BYTES);
        if (port->read(port->context, offset + at, buffer, step) != AIRDELTA_FLASH_OK) return 0;
        port->digest_update(port->context, buffer, step);
    }
    return 1;
}

int dv_holds_image(const struct airdelta_port *port, const struct airdelta_region *slot,
                   const struct airdelta_image *image)
{
    uint8_t digest[AIRDELTA_DIGEST_BYTES];
    if (image->bytes == 0 || image->bytes > slot->bytes) return 0;
    port->digest_begin(port->context);
    for (uint32_t at = 0; at < image->bytes; at += DIGEST_PIECE_BYTES) {
        uint32_t step = dv_min(image->bytes - at, DIGEST_PIECE_BYTES);
        if (!dv_digest_piece(port, slot->offset + at, step)) return 0;
    }
    port->digest_finish(port->context, digest);
    return memcmp(digest, image->digest, sizeof digest) == 0;
}

int dv_may_run(const struct airdelta_port *port, const struct airdelta_region *slot,
               const struct airdelta_image *image)
{
    if (!dv_holds_image(port, slot, image)) return 0;
    if (port->is_authentic == NULL) return 1;
    return port->is_authentic(port->context, slot->offset, image->bytes); /* RULE 33 */
}
