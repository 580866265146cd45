/*
 * The plan of a commit in place: in which order pages are written, and which are kept in the stash
 * for others. The host searched for it; it travels with the patch as runs of pages.
 *
 *     run = (first page - page behind the run before, folded) varint,
 *           ((pages - 1) * 4 + descending * 2 + stashing) varint
 *
 * A plan without runs takes the pages in ascending order and stashes each. Stash places are used in
 * turn, so a stashed page is there until as many more are stashed as there are places.
 */
#ifndef AIRDELTA_DV_PLAN_H
#define AIRDELTA_DV_PLAN_H

#include "program.h"

/* Where a walk over the steps is. */
struct dv_plan_walk {
    uint32_t read;  /* bytes of the plan */
    uint32_t next;  /* page behind the run, where the next one is expected */
    uint32_t page;  /* of the step to come */
    uint32_t left;  /* steps of the run */
    uint8_t is_descending;
    uint8_t is_stashing;
};

/* What is in flash when a step builds its page. */
struct dv_moment {
    struct dv_plan_walk walk;
    uint32_t step;
    uint32_t page;
    uint32_t stash_count; /* pages stashed up to now, that of this step included */
    uint16_t stashed[DV_MOST_STASH_PAGES]; /* the page in each place */
    uint8_t is_changed;
    uint8_t is_stashing;
};

/* Whether the plan takes every page exactly once; `seen` has room for a bit for each. */
int dv_is_whole_plan(struct dv_program *program, uint8_t *seen);

/* Before the first step. */
void dv_moment_begin(struct dv_moment *moment);

/* To the next step; 0 behind the last. */
int dv_moment_next(struct dv_program *program, struct dv_moment *moment);

/* To the step that writes `page`, from the beginning. */
void dv_moment_of_page(struct dv_program *program, struct dv_moment *moment, uint32_t page);

/* The stash place of this step. */
uint32_t dv_stash_offset(const struct dv_program *program, const struct dv_moment *moment);

/* Where the base image's page can be read at this moment; 0 and nothing in `offset` if nowhere.
 * `is_rehearsal`: the slot is still as it was before the first step. */
int dv_find_page(struct dv_program *program, const struct dv_moment *moment, uint32_t page,
                 int is_rehearsal, uint32_t *offset);

#endif
