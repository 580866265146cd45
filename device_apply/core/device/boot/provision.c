/* The first state of a device, and the way back from recovery. */
#include <string.h>

#include "airdelta_device.h"
#include "flash_access.h"
#include "layout.h"
#include "state_store.h"

airdelta_device_status airdelta_provision(const struct airdelta_port *port,
                                          const struct airdelta_layout *layout, uint8_t slot,
                                          const struct airdelta_slot_record *record)
{
    struct airdelta_store store;
    struct airdelta_state state;
    if (!dv_is_possible_layout(port, layout) || slot > 1) return AIRDELTA_DEVICE_BAD_ARGUMENT;
    if (!dv_may_run(port, &layout->slots[slot], &record->image)) {
        return AIRDELTA_DEVICE_NOTHING_BOOTS;
    }
    airdelta_device_status found = dv_store_find(&store, port, layout);
    if (found != AIRDELTA_DEVICE_OK && found != AIRDELTA_DEVICE_STATE_LOST) return found;
    memset(&state, 0, sizeof state);
    state.trial_slot = AIRDELTA_NO_SLOT;
    state.confirmed_slot = slot;
    state.security_counter = record->security_counter;
    state.slots[slot] = *record;
    if (found == AIRDELTA_DEVICE_STATE_LOST) return dv_store_create(&store, &state);
    if (record->security_counter < store.state.security_counter) {
        return AIRDELTA_REJECTED_SECURITY_COUNTER;
    }
    return dv_store_append(&store, &state);
}
