/*
 * Which slot runs after a reset.
 *
 * 7. A trial boot is counted before it happens, and there are only so many (7b): an image that
 *    hangs until the watchdog bites cannot try forever.
 * 8. A slot whose image is older than the security counter allows does not stand in for a damaged
 *    one.
 */
#include "airdelta_device.h"
#include "flash_access.h"
#include "layout.h"
#include "lifecycle.h"
#include "state_store.h"

static int is_intact(const struct airdelta_store *store, uint8_t slot)
{
    return slot < 2 && dv_holds_image(store->log.port, &store->log.layout->slots[slot],
                                      &store->state.slots[slot].image);
}

static airdelta_device_status advance(struct airdelta_store *store, enum dv_event event)
{
    struct airdelta_state state = store->state;
    airdelta_device_status status = dv_advance(&state, event);
    return status == AIRDELTA_DEVICE_OK ? dv_store_append(store, &state) : status;
}

static void report_slot(const struct airdelta_store *store, uint8_t slot,
                        struct airdelta_boot_report *report)
{
    report->slot = slot;
    report->image = store->state.slots[slot].image;
    report->is_trial = store->state.lifecycle == AIRDELTA_TRIAL;
    report->attempts_left = store->state.attempts_left;
}

/* Whether the new image may be tried (again). */
static int may_try(const struct airdelta_store *store)
{
    const struct airdelta_state *state = &store->state;
    if (state->lifecycle == AIRDELTA_TRIAL && state->attempts_left == 0) return 0; /* RULE 7b */
    return is_intact(store, state->trial_slot);
}

static airdelta_device_status try_boot(struct airdelta_store *store)
{
    struct airdelta_state state = store->state;
    if (state.lifecycle == AIRDELTA_STAGED) state.attempts_left = AIRDELTA_TRIAL_BOOTS;
    state.attempts_left--;
    airdelta_device_status status = dv_advance(&state, DV_TRY_BOOT);
    if (status == AIRDELTA_DEVICE_OK) status = dv_store_append(store, &state); /* RULE 7 */
    return status;
}

/* Boot the confirmed image, or the other slot's if it is intact and not older than allowed. */
static airdelta_device_status boot_confirmed(struct airdelta_store *store,
                                             struct airdelta_boot_report *report)
{
    uint8_t confirmed = store->state.confirmed_slot;
    for (uint8_t i = 0; i < 2; i++) {
        uint8_t slot = confirmed ^ i;
        uint32_t counter = store->state.slots[slot].security_counter;
        if (counter < store->state.security_counter) continue; /* RULE 8 */
        if (!is_intact(store, slot)) continue;
        if (store->state.lifecycle == AIRDELTA_RECOVERY) {
            airdelta_device_status status = advance(store, DV_RESTORE_IMAGE);
            if (status != AIRDELTA_DEVICE_OK) return status;
        }
        report_slot(store, slot, report);
        return AIRDELTA_DEVICE_OK;
    }
    if (store->state.lifecycle != AIRDELTA_RECOVERY) {
        airdelta_device_status status = advance(store, DV_LOSE_IMAGES);
        if (status != AIRDELTA_DEVICE_OK) return status;
    }
    return AIRDELTA_DEVICE_NOTHING_BOOTS;
}

airdelta_device_status airdelta_boot(const struct airdelta_port *port,
                                     const struct airdelta_layout *layout,
                                     struct airdelta_boot_report *report)
{
    struct airdelta_store store;
    if (!dv_is_possible_layout(port, layout)) return AIRDELTA_DEVICE_BAD_ARGUMENT;
    airdelta_device_status status = dv_store_open(&store, port, layout);
    if (status != AIRDELTA_DEVICE_OK) return status;
    if (store.state.lifecycle == AIRDELTA_STAGED || store.state.lifecycle == AIRDELTA_TRIAL) {
        if (may_try(&store)) {
            uint8_t slot = store.state.trial_slot;
            status = try_boot(&store);
            if (status == AIRDELTA_DEVICE_OK) report_slot(&store, slot, report);
            return status;
        }
        status = advance(&store, DV_REVERT);
        if (status != AIRDELTA_DEVICE_OK) return status;
    }
    return boot_confirmed(&store, report);
}
