/* What the device remembers: a log of records of its whole state (record_log.h). */
#ifndef AIRDELTA_DV_STATE_STORE_H
#define AIRDELTA_DV_STATE_STORE_H

#include "airdelta_device.h"

/* Find the state. Enough for what runs after the bootloader, in the same power cycle. */
airdelta_device_status dv_store_find(struct airdelta_store *store, const struct airdelta_port *port,
                                     const struct airdelta_layout *layout);

/* Find the state and state it again: the first thing after power-on. */
airdelta_device_status dv_store_open(struct airdelta_store *store, const struct airdelta_port *port,
                                     const struct airdelta_layout *layout);

/* State `state`; when this returns OK, it is what every later boot finds. */
airdelta_device_status dv_store_append(struct airdelta_store *store,
                                       const struct airdelta_state *state);

/* Start a log in a region that holds none, or replace the one it holds; `store` was tried to find. */
airdelta_device_status dv_store_create(struct airdelta_store *store,
                                       const struct airdelta_state *state);

#endif
