#include "flash_copy.h"

#include <string.h>

#include "bytes.h"
#include "flash_access.h"

airdelta_device_status dv_program_burst(const struct airdelta_store *store, uint32_t to,
                                        uint8_t *bytes, uint32_t count)
{
    const struct airdelta_layout *layout = store->log.layout;
    uint32_t filled = dv_round_up(count, layout->write_unit_bytes);
    memset(bytes + count, layout->erased_value, filled - count);
    return dv_program(store->log.port, to, bytes, filled) == AIRDELTA_FLASH_OK
               ? AIRDELTA_DEVICE_OK
               : AIRDELTA_DEVICE_FLASH_FAILED;
}

airdelta_device_status dv_copy_flash(const struct airdelta_store *store,
                                     const struct airdelta_region *from, uint32_t to,
                                     uint8_t buffer[DV_COPY_BYTES])
{
    const struct airdelta_port *port = store->log.port;
    for (uint32_t at = 0; at < from->bytes; at += DV_COPY_BYTES) {
        uint32_t count = dv_min(from->bytes - at, DV_COPY_BYTES);
        if (port->read(port->context, from->offset + at, buffer, count) != AIRDELTA_FLASH_OK) {
            return AIRDELTA_DEVICE_FLASH_FAILED;
        }
        airdelta_device_status status = dv_program_burst(store, to + at, buffer, count);
        if (status != AIRDELTA_DEVICE_OK) return status;
    }
    return AIRDELTA_DEVICE_OK;
}
