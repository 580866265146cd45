/* Flash through the port: what every part of the library does before and after each access. */
#ifndef AIRDELTA_DV_FLASH_ACCESS_H
#define AIRDELTA_DV_FLASH_ACCESS_H

#include "airdelta_device.h"

/* A place in flash as a reader finds it. */
enum dv_place {
    DV_PLACE_BLANK,    /* reads as erased; it may still have been programmed, or be half erased */
    DV_PLACE_WRITTEN,  /* something is there, whole or torn */
    DV_PLACE_FAILED    /* the port could not read */
};

/* Read a place that a cut may have torn. What ECC cannot correct counts as written, with content
 * that no CRC accepts. */
enum dv_place dv_read_place(const struct airdelta_port *port, const struct airdelta_layout *layout,
                            uint32_t offset, uint8_t *bytes, uint32_t count);

/* Program whole units and read them back; AIRDELTA_FLASH_REFUSED if they do not hold. */
enum airdelta_flash_result dv_program(const struct airdelta_port *port, uint32_t offset,
                                     const uint8_t *bytes, uint32_t count);

/* Erase the sectors that hold `bytes` from the sector boundary `offset` on. */
airdelta_device_status dv_erase_range(const struct airdelta_port *port, uint32_t offset,
                                      uint32_t bytes);

void dv_watchdog(const struct airdelta_port *port);

/* Whether a slot holds an image, by its digest. What cannot be read is no image. */
int dv_holds_image(const struct airdelta_port *port, const struct airdelta_region *slot,
                   const struct airdelta_image *image);

/* Whether a slot holds an image that may run: also an authentic one, where the port can tell. */
int dv_may_run(const struct airdelta_port *port, const struct airdelta_region *slot,
               const struct airdelta_image *image);

/* Digest the next bytes of flash; whether they could be read. */
int dv_digest_piece(const struct airdelta_port *port, uint32_t offset, uint32_t bytes);

#endif
