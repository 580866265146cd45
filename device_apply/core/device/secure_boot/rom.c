#include "airdelta_secure_boot.h"

uint8_t airdelta_rom_choose(const struct airdelta_port *port, const struct airdelta_region *copies,
                            uint8_t count)
{
    uint8_t chosen = AIRDELTA_NO_SLOT;
    uint32_t highest = 0;
    for (uint8_t i = 0; i < count; i++) {
        uint32_t counter;
        if (!airdelta_is_signed_image(port, copies[i].offset, copies[i].bytes, &counter)) continue;
        if (chosen != AIRDELTA_NO_SLOT && counter <= highest) continue;
        chosen = i;
        highest = counter;
    }
    return chosen;
}
