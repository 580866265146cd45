/*
 * From a stored payload to a new image in the inactive slot, checks 11 to 14, in slices.
 *
 * Nothing is erased before the payload is proved: a wrong base, a bad download or a decoder's fault
 * ends while the inactive slot still holds the image that ran before. After a reset everything is
 * proved and decoded anew, but what was staged up to the last checkpoint is not programmed again:
 * an empty slot's record says in its security counter how many bytes that is.
 *
 * 13. What the slot reads back decides, not what was programmed.
 * 16. A checkpoint belongs to the package that was verified last.
 */
#ifndef AIRDELTA_DV_INSTALL_H
#define AIRDELTA_DV_INSTALL_H

#include "airdelta_device.h"

/* Begin anew: after a reset, after an error, with another package. */
void dv_install_reset(struct airdelta_device *device);

/* Do one slice; OK when the new image is staged. */
airdelta_device_status dv_install_slice(struct airdelta_device *device);

#endif
