/*
 * The journal of a commit in place: how many steps are done, one record of one write unit (8 bytes
 * at least) for each. A log like the state's, with its rules, in a region of its own.
 *
 *     0 generation u16     2 steps done u15, whether the next one's page is in the stash u1 (high)
 *     4 CRC-32 of the first four bytes, salted
 */
#ifndef AIRDELTA_DV_JOURNAL_H
#define AIRDELTA_DV_JOURNAL_H

#include "airdelta_device.h"

#define DV_MOST_STEPS 0x7FFFu

struct dv_journal {
    struct airdelta_log log;
    uint32_t steps_done;
    int is_stashed;
};

/* Whether the region is two banks of whole sectors that hold enough records. */
int dv_is_possible_journal(const struct airdelta_port *port, const struct airdelta_layout *layout);

/* Begin with no step done. */
airdelta_device_status dv_journal_create(struct dv_journal *journal,
                                         const struct airdelta_port *port,
                                         const struct airdelta_layout *layout);

/* Find how far the commit is and state it again, before anything acts on it. */
airdelta_device_status dv_journal_open(struct dv_journal *journal, const struct airdelta_port *port,
                                       const struct airdelta_layout *layout);

airdelta_device_status dv_journal_state(struct dv_journal *journal, uint32_t steps_done,
                                        int is_stashed);

#endif
