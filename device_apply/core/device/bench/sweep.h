/*
 * Fault sweeps: one update, run again and again with the power cut at other places, every boot
 * checked. All of it in C, so that thousands of boots take a second.
 */
#ifndef AIRDELTA_SWEEP_H
#define AIRDELTA_SWEEP_H

#include "bench.h"

/* Most cuts of one case. */
#define SWEEP_MAX_CUTS 9u

struct sweep_cut {
    uint32_t operation; /* counted since the cut before; 1 is the next one */
    uint32_t variant;   /* enum flash_model_cut */
    uint32_t seed;
};

struct sweep_case {
    struct sweep_cut cuts[SWEEP_MAX_CUTS];
    uint32_t count;
};

/* An update that the bench was provisioned for. Pointers are borrowed. */
struct sweep_update {
    const uint8_t *head;
    const uint8_t *payload;
    const uint8_t *base;
    const uint8_t *new_image;
    uint32_t head_bytes;
    uint32_t payload_bytes;
    uint32_t base_bytes;
    uint32_t new_bytes;
    uint32_t base_counter;
    uint32_t new_counter;
    uint32_t fragment_bytes;
};

/* What went wrong in a case. */
enum sweep_verdict {
    SWEEP_OK = 0,
    SWEEP_NOTHING_BOOTS = 1, /* a boot ended without an image */
    SWEEP_WRONG_IMAGE = 2,   /* what runs is neither base nor new, or not what the state says */
    SWEEP_WRONG_COUNTER = 3, /* the security counter is not that of the confirmed image */
    SWEEP_WENT_BACK = 4,     /* a confirmed update was undone */
    SWEEP_REVERTED = 5,      /* a healthy image was given up with trial boots left */
    SWEEP_TRAPPED = 6,       /* flash was touched where nothing may touch it */
    SWEEP_FAILED = 7,        /* a call rejected or failed that must not */
    SWEEP_ENDLESS = 8,       /* the update does not end although the cuts did */
    SWEEP_RESTLESS = 9       /* a boot after success changed more than the state log */
};

struct sweep_result {
    uint32_t verdict; /* enum sweep_verdict */
    int32_t status;   /* what the device said, where that is the point */
    uint32_t boots;
    uint32_t operations;
    uint32_t cuts; /* that happened */
};

struct sweep_report {
    uint32_t cases;
    uint32_t boots;
    uint32_t failures;
    struct sweep_case first_failure;
    struct sweep_result first_result;
};

struct sweep;

/* Take the flash of a provisioned bench as the start of every case. */
struct sweep *sweep_new(struct bench *bench, const struct sweep_update *update);
void sweep_free(struct sweep *sweep);

void sweep_run(struct sweep *sweep, const struct sweep_case *cuts, struct sweep_result *result);

/* Every variant at each of the operations `first` to `last`; adds to the report. */
void sweep_single_cuts(struct sweep *sweep, uint32_t first, uint32_t last, uint32_t seed,
                       struct sweep_report *report);
/* `count` hostile cases of 2 to `most_cuts` cuts, drawn from consecutive seeds. */
void sweep_drawn_cuts(struct sweep *sweep, uint32_t first_seed, uint32_t count, uint32_t most_cuts,
                      struct sweep_report *report);
/* One case in which no boot lasts for more than `operations` flash operations. */
void sweep_short_boots(struct sweep *sweep, uint32_t operations, uint32_t variant,
                       struct sweep_result *result);

#endif
