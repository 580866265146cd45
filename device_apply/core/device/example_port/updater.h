/*
 * The application's part of an update: takes a package, checks it and stages its image.
 *
 * In a product this is a task of the application, fed by its radio. The sample firmware knows
 * nothing of updates, so here it runs in the bootloader before the image starts, and the package
 * waits in the mailbox.
 */
#ifndef EXAMPLE_UPDATER_H
#define EXAMPLE_UPDATER_H

#include "airdelta_device.h"

#define MAILBOX_HEALTHY 0x48454C4Cu
#define MAILBOX_PACKAGE 0x5041434Bu

/* What the application leaves behind; memory that outlasts a reset. */
struct mailbox {
    uint32_t health;  /* MAILBOX_HEALTHY: the image on trial found itself healthy */
    uint32_t package; /* MAILBOX_PACKAGE: head and payload follow */
    uint32_t head_bytes;
    uint32_t payload_bytes;
    uint8_t bytes[];
};

/* Recovery uses the same memory: it is over before an update begins. */
extern const struct airdelta_device_config updater_config;

/* Confirm a healthy image, install what the mailbox holds.
 *
 * Returns: OK if the running image may start; BUSY if a reset is due, for a new one is staged; an
 * error if the package was refused, which is no reason not to start either.
 */
airdelta_device_status updater_run(struct mailbox *mailbox, uint8_t running_slot);

#endif
