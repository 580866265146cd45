/*
 * Which slot runs after a reset; with one slot, what is staged for it is written first.
 *
 * 7. A trial boot is counted before it happens, and there are only so many (7b): an image that
 *    hangs until the watchdog bites cannot try forever.
 * 8. A slot whose image is older than the security counter allows does not stand in for a damaged
 *    one.
 * 17. That the one slot is being written is stated before (17), and asks for permission (17b).
 * 33. An image runs only if it is authentic, where the port can tell (flash_access.c).
 * 18. With one slot an image that failed its trial is given up, for it would be found intact again.
 */
#include <string.h>

#include "airdelta_device.h"
#include "airdelta_installer.h"
#include "flash_access.h"
#include "layout.h"
#include "lifecycle.h"
#include "state_store.h"

static int is_intact(const struct airdelta_store *store, uint8_t slot)
{
    return slot < 2 && dv_may_run(store->log.port, &store->log.layout->slots[slot],
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

/* With one slot, what is staged is no image that could run. */
static int has_trial(const struct airdelta_store *store)
{
    uint8_t lifecycle = store->state.lifecycle;
    return lifecycle == AIRDELTA_TRIAL ||
           (lifecycle == AIRDELTA_STAGED && store->log.layout->installer == NULL);
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

static airdelta_device_status end_trial(struct airdelta_store *store)
{
    struct airdelta_state state = store->state;
    enum dv_event event = store->log.layout->installer == NULL ? DV_REVERT : DV_LOSE_IMAGES;
    if (event == DV_LOSE_IMAGES) state.slots[0].image.bytes = 0; /* RULE 18 */
    airdelta_device_status status = dv_advance(&state, event);
    return status == AIRDELTA_DEVICE_OK ? dv_store_append(store, &state) : status;
}

static int may_commit(const struct airdelta_store *store)
{
    const struct airdelta_port *port = store->log.port;
    return port->may_commit == NULL || port->may_commit(port->context);
}

/* From here on the slot is written: its record says no more what it holds. */
static airdelta_device_status begin_commit(struct airdelta_store *store)
{
    struct airdelta_state state = store->state;
    airdelta_device_status status = store->log.layout->installer->begin(store);
    if (status != AIRDELTA_DEVICE_OK) return advance(store, DV_ABANDON);
    memset(&state.slots[0], 0, sizeof state.slots[0]);
    status = dv_advance(&state, DV_BEGIN_COMMIT);
    if (status == AIRDELTA_DEVICE_OK) status = dv_store_append(store, &state); /* RULE 17 */
    return status;
}

/* Write the slot. That it holds the new image is for may_try() to find. */
static airdelta_device_status commit(struct airdelta_store *store)
{
    airdelta_device_status status = store->log.layout->installer->commit(store);
    if (status != AIRDELTA_DEVICE_OK) return status;
    struct airdelta_state state = store->state;
    state.slots[0] = state.slots[1];
    memset(&state.slots[1], 0, sizeof state.slots[1]);
    state.confirmed_slot = 0;
    state.trial_slot = 0;
    state.attempts_left = AIRDELTA_TRIAL_BOOTS;
    status = dv_advance(&state, DV_FINISH_COMMIT);
    return status == AIRDELTA_DEVICE_OK ? dv_store_append(store, &state) : status;
}

static airdelta_device_status write_one_slot(struct airdelta_store *store)
{
    airdelta_device_status status = AIRDELTA_DEVICE_OK;
    int is_allowed = may_commit(store); /* RULE 17b */
    if (store->state.lifecycle == AIRDELTA_STAGED && is_allowed) status = begin_commit(store);
    if (status == AIRDELTA_DEVICE_OK && store->state.lifecycle == AIRDELTA_COMMITTING) {
        status = commit(store);
    }
    return status;
}

/* Boot the confirmed image, or the other slot's if it is intact and not older than allowed. */
static airdelta_device_status boot_confirmed(struct airdelta_store *store,
                                             struct airdelta_boot_report *report)
{
    uint8_t confirmed = store->state.confirmed_slot;
    uint8_t slots = store->log.layout->installer == NULL ? 2u : 1u;
    for (uint8_t i = 0; i < slots; i++) {
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
    if (status == AIRDELTA_DEVICE_OK && layout->installer != NULL) status = write_one_slot(&store);
    if (status != AIRDELTA_DEVICE_OK) return status;
    if (has_trial(&store)) {
        if (may_try(&store)) {
            uint8_t slot = store.state.trial_slot;
            status = try_boot(&store);
            if (status == AIRDELTA_DEVICE_OK) report_slot(&store, slot, report);
            return status;
        }
        status = end_trial(&store);
        if (status != AIRDELTA_DEVICE_OK) return status;
    }
    return boot_confirmed(&store, report);
}
