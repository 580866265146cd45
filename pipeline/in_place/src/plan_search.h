/*
 * The search for the order in which a commit in place writes its pages, and for what it stashes.
 *
 * A state is a list of runs that take every page once, as the plan encodes it. Threshold accepting
 * from a few simple plans: runs are split, moved, turned round and (un)stashed; what is worse by less
 * than a falling threshold is kept. Same inputs, same plan; the work is bounded by `rounds`.
 */
#ifndef AIRDELTA_PLAN_SEARCH_H
#define AIRDELTA_PLAN_SEARCH_H

#include <stdint.h>

/* A page of the new image takes so many bytes from a page of the base image. */
struct plan_read {
    uint16_t page;
    uint16_t base_page;
    uint32_t bytes;
};

struct plan_problem {
    const struct plan_read *reads; /* of changed pages only, ascending by `page` */
    uint32_t read_count;
    const uint8_t *is_changed; /* of each page, then zeros for base pages behind the new image */
    uint32_t pages;
    uint32_t base_pages;
    uint32_t stash_pages;
    uint32_t most_plan_bytes;
    uint32_t rounds;
};

struct plan_found {
    uint32_t lost_bytes; /* that are gone when their page is built */
    uint32_t plan_bytes;
    uint32_t stashed_pages;
};

/* Write the best plan found, no longer than `most_plan_bytes`; 0 if memory is short. */
int plan_search(const struct plan_problem *problem, uint8_t *plan, struct plan_found *found);

#endif
