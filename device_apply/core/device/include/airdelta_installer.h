/*
 * Installers: how a device with one slot gets its new image into it. The bootloader does that, from
 * what the application staged in `slots[1]`, and finishes it whatever the power does. A layout names
 * its installer, so a bootloader links the one it needs, or none.
 *
 * Devices with two slots that run (A/B) have none: there the application writes the other slot.
 */
#ifndef AIRDELTA_INSTALLER_H
#define AIRDELTA_INSTALLER_H

#include "airdelta_device.h"

#ifdef __cplusplus
extern "C" {
#endif

struct airdelta_installer {
    uint32_t memory_bytes;
    /* Whether a layout has what this installer needs beside slots, download area and state. */
    int (*is_possible)(const struct airdelta_port *port, const struct airdelta_layout *layout);
    /* Get ready without touching the slot; anything but OK: what was staged cannot be installed. */
    airdelta_device_status (*begin)(struct airdelta_store *store);
    /* Write the slot, from where an earlier boot was cut off. */
    airdelta_device_status (*commit)(struct airdelta_store *store);
};

/* `slots[1]` is as large as `slots[0]` and holds the new image, which is copied. */
extern const struct airdelta_installer airdelta_overwrite_installer;

#define AIRDELTA_MOST_STASH_PAGES 8u

/* `slots[1]` holds a program that makes the new image out of the old one, page by page, with the
 * stash and the journal of the layout. */
extern const struct airdelta_installer airdelta_in_place_installer;

#ifdef __cplusplus
}
#endif

#endif
