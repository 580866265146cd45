/*
 * The state log: append-only records of the whole state, which survive any cut.
 *
 * The state region is divided into banks of whole sectors; one is current. Each rule stands for a
 * way to lose state that fault sweeps have shown, and the lines that keep it carry its number:
 *
 * 1. A record counts only with its CRC (1b). The current bank is the one with the highest
 *    generation, the state is its last valid record by place.
 * 2. The tail is behind the last place that is not blank, not behind the last valid record: what a
 *    torn program left is never programmed again. A refused program moves on to the next place
 *    (2b), for a unit can read blank and still be spent. Where units take a second program
 *    operation, the place at the tail is driven to all programmed at power-on (2c), for it can read
 *    blank and still be half programmed.
 * 3. A bank is erased in the same power cycle in which it is first programmed: a sector that reads
 *    blank may be half erased.
 * 4. A bank that is not full is made void before it is erased. Its birth may have been cut: then
 *    its first record, of a higher generation, reads torn today and whole tomorrow, and the erase
 *    may be cut, too. Without this, the device can go on in a bank that is blank the day after.
 * 5. The state found at power-on is stated again before anyone acts on it: a record whose
 *    programming was cut may read well today and torn tomorrow.
 * 6. Reads of the log survive a fault (flash_access.c): an unreadable place is a torn one.
 *
 * What is left: the void record goes into a sector whose erase was cut if that erase is cut twice,
 * and may not hold there (README.md, "What is left"); and as many boots in a row cut in their first
 * operation as a bank has places. Hence at least eight; larger banks cost nothing but flash.
 */
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

/* Start a log in a region that holds none, or replace the one it holds. */
airdelta_device_status dv_store_create(struct airdelta_store *store,
                                       const struct airdelta_state *state);

#endif
