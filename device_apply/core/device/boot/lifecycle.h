/* The lifecycle of an update: one table, see lifecycle.c. */
#ifndef AIRDELTA_DV_LIFECYCLE_H
#define AIRDELTA_DV_LIFECYCLE_H

#include "airdelta_device.h"

/* What moves an update on. */
enum dv_event {
    DV_OPEN_SESSION,     /* a verified head was stored and the area for its payload is ready */
    DV_COMPLETE_PAYLOAD, /* the last missing fragment was stored */
    DV_LOSE_FRAGMENT,    /* a stored fragment no longer reads back */
    DV_VERIFY_PAYLOAD,   /* digest and rehearsal agreed with the manifest */
    DV_STAGE_IMAGE,      /* the new image was programmed and read back */
    DV_TRY_BOOT,         /* a trial boot is about to happen and is counted first */
    DV_CONFIRM,          /* the new image found itself healthy */
    DV_REVERT,           /* the new image is damaged or has used up its trial boots */
    DV_ABANDON,          /* the update was refused or replaced by another one */
    DV_LOSE_IMAGES,      /* no slot may run */
    DV_RESTORE_IMAGE,    /* a slot may run again */
    DV_BEGIN_COMMIT,     /* one slot: everything is ready to write it, and it is about to be */
    DV_FINISH_COMMIT,    /* one slot: it holds the new image, read back */
    DV_EVENT_COUNT
};

#define DV_IMPOSSIBLE 0xFFu

/* The state that follows, or DV_IMPOSSIBLE: the caller is out of order. */
uint8_t dv_next_lifecycle(uint8_t lifecycle, enum dv_event event);

/* Move `state` on; a trial that is over leaves nothing behind. */
airdelta_device_status dv_advance(struct airdelta_state *state, enum dv_event event);

#endif
