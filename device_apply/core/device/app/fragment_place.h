/*
 * One place for one fragment in the download area: header, data, filled up to write units.
 *
 *     0 index u16     4 package tag, the first 4 bytes of the package's digest
 *     2 length u16    8 CRC-32 of the 8 bytes before it and of the data
 *                    12 data
 *
 * A length of 1 to 256 is neither all ones nor all zeros, so no whole fragment reads as blank.
 */
#ifndef AIRDELTA_DV_FRAGMENT_PLACE_H
#define AIRDELTA_DV_FRAGMENT_PLACE_H

#include "airdelta_device.h"

#define DV_FRAGMENT_HEADER_BYTES 12u

/* What a place is asked to hold. */
struct dv_fragment {
    uint32_t index;
    uint32_t bytes;
    const uint8_t *package_tag;
};

enum dv_fragment_place {
    DV_FRAGMENT_BLANK,
    DV_FRAGMENT_HELD,   /* this very fragment, whole */
    DV_FRAGMENT_SPOILT, /* torn, unreadable, or something else */
    DV_FRAGMENT_FAILED  /* the port could not read */
};

/* Compare the place at `offset` with a fragment. */
enum dv_fragment_place dv_fragment_check(const struct airdelta_port *port,
                                         const struct airdelta_layout *layout, uint32_t offset,
                                         const struct dv_fragment *fragment);

/* Encode a fragment into `place`, which has room for whole write units; returns its bytes. */
uint32_t dv_fragment_encode(uint8_t *place, const struct airdelta_layout *layout,
                            const struct dv_fragment *fragment, const uint8_t *data);

#endif
