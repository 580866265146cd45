/*
 * In every state but RECOVERY and COMMITTING the confirmed slot is whole. The state changes only by appending one
 * record to the state log, so a power cut leaves the state before or the state after.
 */
#include "lifecycle.h"

/* Stored one higher, so that what is not listed (0) cannot happen. */
#define TO(state) (uint8_t)((state) + 1)

static const uint8_t TRANSITIONS[AIRDELTA_LIFECYCLE_COUNT][DV_EVENT_COUNT] = {
    [AIRDELTA_IDLE] = {
        [DV_OPEN_SESSION] = TO(AIRDELTA_DOWNLOADING),
        [DV_LOSE_IMAGES] = TO(AIRDELTA_RECOVERY),
    },
    [AIRDELTA_DOWNLOADING] = {
        [DV_COMPLETE_PAYLOAD] = TO(AIRDELTA_DOWNLOADED),
        [DV_ABANDON] = TO(AIRDELTA_IDLE),
        [DV_LOSE_IMAGES] = TO(AIRDELTA_RECOVERY),
    },
    [AIRDELTA_DOWNLOADED] = {
        [DV_VERIFY_PAYLOAD] = TO(AIRDELTA_VERIFIED),
        [DV_LOSE_FRAGMENT] = TO(AIRDELTA_DOWNLOADING),
        [DV_ABANDON] = TO(AIRDELTA_IDLE),
        [DV_LOSE_IMAGES] = TO(AIRDELTA_RECOVERY),
    },
    [AIRDELTA_VERIFIED] = {
        [DV_STAGE_IMAGE] = TO(AIRDELTA_STAGED),
        [DV_LOSE_FRAGMENT] = TO(AIRDELTA_DOWNLOADING),
        [DV_ABANDON] = TO(AIRDELTA_IDLE),
        [DV_LOSE_IMAGES] = TO(AIRDELTA_RECOVERY),
    },
    [AIRDELTA_STAGED] = {
        [DV_TRY_BOOT] = TO(AIRDELTA_TRIAL),
        [DV_REVERT] = TO(AIRDELTA_REVERTED),
        [DV_ABANDON] = TO(AIRDELTA_IDLE),
        [DV_BEGIN_COMMIT] = TO(AIRDELTA_COMMITTING),
        [DV_LOSE_IMAGES] = TO(AIRDELTA_RECOVERY),
    },
    /* The slot is neither old nor new: there is no way but on. */
    [AIRDELTA_COMMITTING] = {
        [DV_FINISH_COMMIT] = TO(AIRDELTA_TRIAL),
        [DV_LOSE_IMAGES] = TO(AIRDELTA_RECOVERY),
    },
    /* No way out of a trial but by its result: a download would erase what may have to be kept. */
    [AIRDELTA_TRIAL] = {
        [DV_TRY_BOOT] = TO(AIRDELTA_TRIAL),
        [DV_CONFIRM] = TO(AIRDELTA_CONFIRMED),
        [DV_REVERT] = TO(AIRDELTA_REVERTED),
        [DV_LOSE_IMAGES] = TO(AIRDELTA_RECOVERY), /* one slot: there is none to go back to */
    },
    [AIRDELTA_CONFIRMED] = {
        [DV_OPEN_SESSION] = TO(AIRDELTA_DOWNLOADING),
        [DV_LOSE_IMAGES] = TO(AIRDELTA_RECOVERY),
    },
    [AIRDELTA_REVERTED] = {
        [DV_OPEN_SESSION] = TO(AIRDELTA_DOWNLOADING),
        [DV_LOSE_IMAGES] = TO(AIRDELTA_RECOVERY),
    },
    [AIRDELTA_RECOVERY] = {
        [DV_RESTORE_IMAGE] = TO(AIRDELTA_IDLE),
        [DV_LOSE_IMAGES] = TO(AIRDELTA_RECOVERY),
    },
};

uint8_t dv_next_lifecycle(uint8_t lifecycle, enum dv_event event)
{
    if (lifecycle >= AIRDELTA_LIFECYCLE_COUNT || event >= DV_EVENT_COUNT) return DV_IMPOSSIBLE;
    return (uint8_t)(TRANSITIONS[lifecycle][event] - 1u);
}

airdelta_device_status dv_advance(struct airdelta_state *state, enum dv_event event)
{
    uint8_t next = dv_next_lifecycle(state->lifecycle, event);
    if (next == DV_IMPOSSIBLE) return AIRDELTA_DEVICE_OUT_OF_ORDER;
    state->lifecycle = next;
    if (next != AIRDELTA_STAGED && next != AIRDELTA_TRIAL) {
        state->trial_slot = AIRDELTA_NO_SLOT;
        state->attempts_left = 0;
    }
    return AIRDELTA_DEVICE_OK;
}
