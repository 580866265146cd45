/*
 * The flash operations of one update without cuts, and the flash as it is before any of them: so a
 * cut there is a cut at once, without running the update up to it.
 *
 * That is exact because nothing outlasts a cut but the flash.
 */
#ifndef AIRDELTA_BENCH_HISTORY_H
#define AIRDELTA_BENCH_HISTORY_H

#include <stdint.h>

#include "flash_model.h"

/* What was going on when an operation began. */
struct history_moment {
    uint32_t offset;
    uint32_t bytes;    /* programmed; 0: it is an erase */
    uint32_t bytes_at; /* where they are kept */
    uint32_t boots;    /* that had begun */
    int was_confirmed; /* at the boot under way */
};

struct history {
    struct flash_model *flash; /* before the operation that `replayed` counts up to */
    const struct flash_model *start;
    struct history_moment *moments;
    uint8_t *bytes;
    uint32_t count;
    uint32_t byte_count;
    uint32_t replayed;
};

/* Begin with what `start` holds, which is borrowed; 0, or -1 if memory is short. */
int history_begin(struct history *history, const struct flash_model *start);
void history_free(struct history *history);

/* Keep an operation, with `bytes` to program or NULL. */
void history_add(struct history *history, const struct history_moment *moment, const void *bytes);

/* Make `flash` one whose power fails in this operation (1 is the first), as `variant` says. */
void history_cut(struct history *history, struct flash_model *flash, uint32_t operation,
                 enum flash_model_cut variant, uint32_t seed);

#endif
