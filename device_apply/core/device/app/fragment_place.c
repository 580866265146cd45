#include "fragment_place.h"

#include <string.h>

#include "bytes.h"
#include "crc32.h"
#include "flash_access.h"

#define TAG_AT 4u
#define TAG_BYTES 4u
#define CRC_AT 8u
/* Stack for checking the data. */
#define PIECE_BYTES 64u

static int names(const uint8_t header[DV_FRAGMENT_HEADER_BYTES], const struct dv_fragment *fragment)
{
    if (memcmp(header + TAG_AT, fragment->package_tag, TAG_BYTES) != 0) return 0; /* RULE 9 */
    return dv_get_u16(header) == fragment->index && dv_get_u16(header + 2) == fragment->bytes;
}

/* A place is blank only if all of it is: behind a header that reads blank, data may be torn. */
enum dv_fragment_place dv_fragment_check(const struct airdelta_port *port,
                                         const struct airdelta_layout *layout, uint32_t offset,
                                         const struct dv_fragment *fragment)
{
    uint8_t header[DV_FRAGMENT_HEADER_BYTES];
    uint8_t piece[PIECE_BYTES];
    enum dv_place found = dv_read_place(port, layout, offset, header, sizeof header);
    if (found == DV_PLACE_FAILED) return DV_FRAGMENT_FAILED;
    int is_blank = found == DV_PLACE_BLANK;
    if (!is_blank && !names(header, fragment)) return DV_FRAGMENT_SPOILT;
    uint32_t crc = dv_crc32(0, header, CRC_AT);
    dv_watchdog(port);
    for (uint32_t at = 0; at < fragment->bytes; at += PIECE_BYTES) {
        uint32_t step = dv_min(fragment->bytes - at, PIECE_BYTES);
        found = dv_read_place(port, layout, offset + DV_FRAGMENT_HEADER_BYTES + at, piece, step);
        if (found == DV_PLACE_FAILED) return DV_FRAGMENT_FAILED;
        if (is_blank && found == DV_PLACE_WRITTEN) return DV_FRAGMENT_SPOILT;
        crc = dv_crc32(crc, piece, step);
    }
    if (is_blank) return DV_FRAGMENT_BLANK;
    if (crc != dv_get_u32(header + CRC_AT)) return DV_FRAGMENT_SPOILT; /* RULE 10 */
    return DV_FRAGMENT_HELD;
}

uint32_t dv_fragment_encode(uint8_t *place, const struct airdelta_layout *layout,
                            const struct dv_fragment *fragment, const uint8_t *data)
{
    uint32_t bytes = DV_FRAGMENT_HEADER_BYTES + fragment->bytes;
    uint32_t padded_bytes = dv_round_up(bytes, layout->write_unit_bytes);
    dv_put_u16(place, fragment->index);
    dv_put_u16(place + 2, fragment->bytes);
    memcpy(place + TAG_AT, fragment->package_tag, TAG_BYTES);
    uint32_t crc = dv_crc32(dv_crc32(0, place, CRC_AT), data, fragment->bytes);
    dv_put_u32(place + CRC_AT, crc);
    memcpy(place + DV_FRAGMENT_HEADER_BYTES, data, fragment->bytes);
    memset(place + bytes, layout->erased_value, padded_bytes - bytes);
    return padded_bytes;
}
