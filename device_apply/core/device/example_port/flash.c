/*
 * PSRAM with the manners of a flash: whole units, each programmed once between two erases.
 *
 * On a part with flash these two are register writes and waiting. Where code cannot be fetched
 * meanwhile they run from RAM, and so must every interrupt that may come.
 */
#include "flash.h"

#include <string.h>

#include "board.h"

static int is_in_flash(uint32_t offset, uint32_t count)
{
    return offset <= FLASH_BYTES && count <= FLASH_BYTES - offset;
}

enum airdelta_flash_result flash_program(uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    uint8_t *place = (uint8_t *)FLASH_ADDRESS + offset;
    if (!is_in_flash(offset, count) || (offset | count) % FLASH_UNIT_BYTES != 0) {
        return AIRDELTA_FLASH_FAILED;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (place[i] != FLASH_ERASED) return AIRDELTA_FLASH_REFUSED;
    }
    memcpy(place, bytes, count);
    return AIRDELTA_FLASH_OK;
}

enum airdelta_flash_result flash_erase(uint32_t offset)
{
    if (!is_in_flash(offset, FLASH_SECTOR_BYTES) || offset % FLASH_SECTOR_BYTES != 0) {
        return AIRDELTA_FLASH_FAILED;
    }
    memset((uint8_t *)FLASH_ADDRESS + offset, FLASH_ERASED, FLASH_SECTOR_BYTES);
    return AIRDELTA_FLASH_OK;
}
