#include "sweep.h"

#include <stdlib.h>
#include <string.h>

#include "history.h"

/* Boots after which a case that had its last cut must have ended. */
#define PATIENCE_BOOTS 16u
/* Boots of a case in which the power fails all the time. */
#define SHORT_BOOTS_PATIENCE 100000u
/* Half of the cuts hit the first operations after power-on, where recovery itself is at work. */
#define EARLY_OPERATIONS 6u
#define BOOTS_AFTER_SUCCESS 2u

struct sweep {
    struct bench *bench;
    struct flash_model *start;
    struct sweep_update update;
    struct history history; /* of the update without cuts; empty until it is wanted */
    /* Of the case that runs. */
    const struct sweep_case *cuts;
    uint32_t short_boot_operations; /* 0: cut as `cuts` says */
    uint32_t short_boot_variant;
    struct sweep_result *result;
    uint32_t boots_since_cut;
    int was_confirmed;
    int was_given_up; /* one slot: cuts used up the trial boots of a whole image */
    int is_over; /* success was seen: nothing but the state log may change any more */
};

/* --- cuts ------------------------------------------------------------------------------------- */

static void arm_next_cut(struct sweep *sweep)
{
    struct flash_model *flash = bench_flash(sweep->bench);
    uint32_t done = sweep->result->cuts;
    if (sweep->short_boot_operations > 0) {
        flash_model_plan_cut(flash, sweep->short_boot_operations,
                             (enum flash_model_cut)sweep->short_boot_variant, done);
    } else if (done < sweep->cuts->count) {
        const struct sweep_cut *cut = &sweep->cuts->cuts[done];
        flash_model_plan_cut(flash, cut->operation, (enum flash_model_cut)cut->variant, cut->seed);
    } else {
        flash_model_plan_cut(flash, 0, FLASH_MODEL_NOT_DONE, 0);
    }
}

static uint32_t operations_so_far(const struct sweep *sweep)
{
    struct flash_model_usage usage;
    flash_model_usage_of(bench_flash(sweep->bench), &usage);
    return usage.operations;
}

static int has_trapped(const struct sweep *sweep)
{
    struct flash_model_usage usage;
    flash_model_usage_of(bench_flash(sweep->bench), &usage);
    return usage.traps > 0;
}

/* --- checks ----------------------------------------------------------------------------------- */

/* Where the bootloader has no business: with one slot, until it is over, what was downloaded. */
static void protect_from_bootloader(struct sweep *sweep)
{
    const struct airdelta_layout *layout = bench_layout(sweep->bench);
    int writes_slot = layout->installer != NULL && !sweep->is_over;
    uint32_t first = writes_slot ? layout->slots[1].offset : 0;
    uint32_t end = writes_slot ? layout->download.offset + layout->download.bytes
                               : layout->state.offset;
    flash_model_protect(bench_flash(sweep->bench), first, end - first);
}

static void protect_running_slot(struct sweep *sweep, uint8_t slot)
{
    const struct airdelta_region *region = &bench_layout(sweep->bench)->slots[slot & 1u];
    flash_model_protect(bench_flash(sweep->bench), region->offset, region->bytes);
}

static enum sweep_verdict check_boot(struct sweep *sweep)
{
    struct airdelta_state state;
    struct airdelta_boot_report report;
    const struct sweep_update *update = &sweep->update;
    bench_state(sweep->bench, &state);
    bench_report(sweep->bench, &report);
    int is_confirmed = state.security_counter == update->new_counter;
    int runs_new = bench_slot_is(sweep->bench, report.slot, update->new_image, update->new_bytes);
    int runs_base = bench_slot_is(sweep->bench, report.slot, update->base, update->base_bytes);
    if (!runs_new && !runs_base) return SWEEP_WRONG_IMAGE;
    if (runs_new != (is_confirmed || state.lifecycle == AIRDELTA_TRIAL)) return SWEEP_WRONG_IMAGE;
    if (is_confirmed != (state.lifecycle == AIRDELTA_CONFIRMED)) return SWEEP_WRONG_COUNTER;
    if (!is_confirmed && state.security_counter != update->base_counter) return SWEEP_WRONG_COUNTER;
    if (sweep->was_confirmed && !is_confirmed) return SWEEP_WENT_BACK;
    sweep->was_confirmed = is_confirmed;
    /* Legal when cuts used up the trial boots; the device must still take the next offer. */
    if (state.lifecycle == AIRDELTA_REVERTED && sweep->result->cuts < AIRDELTA_TRIAL_BOOTS) {
        return SWEEP_REVERTED;
    }
    return SWEEP_OK;
}

/* --- one power cycle -------------------------------------------------------------------------- */

/* Do what comes next; OK when a reset is due. */
static int take_next_step(struct sweep *sweep)
{
    struct airdelta_state state;
    const struct sweep_update *update = &sweep->update;
    struct bench *bench = sweep->bench;
    bench_state(bench, &state);
    if (state.lifecycle == AIRDELTA_TRIAL) return bench_confirm(bench);
    if (state.lifecycle == AIRDELTA_CONFIRMED) return AIRDELTA_DEVICE_OK;
    int status = bench_offer(bench, update->head, update->head_bytes, update->fragment_bytes);
    if (status != AIRDELTA_DEVICE_OK) return status;
    status = bench_deliver(bench, update->payload, update->payload_bytes, update->fragment_bytes);
    if (status != AIRDELTA_DEVICE_OK) return status;
    return bench_install(bench);
}

/* Whether a case may go on after what the device said. */
static int is_harmless(const struct sweep *sweep, int status)
{
    if (status == AIRDELTA_DEVICE_OK || status == BENCH_POWER_LOST) return 1;
    /* Spoilt spares, and a payload that faded after a cut, are fetched again. */
    return sweep->result->cuts > 0 && (status == AIRDELTA_DEVICE_STORAGE_SPENT ||
                                       status == AIRDELTA_DEVICE_CHUNK_CORRUPT ||
                                       status == AIRDELTA_REJECTED_PAYLOAD);
}

static int note_cut(struct sweep *sweep, int status)
{
    if (status != BENCH_POWER_LOST) return 0;
    sweep->result->cuts++;
    sweep->boots_since_cut = 0;
    arm_next_cut(sweep);
    return 1;
}

/* With one slot there is nothing to revert to: a new image that cuts kept from confirming itself is
 * given up, whole as it is, and a recovery loader has to come. */
static int has_used_up_trial(const struct sweep *sweep, int status)
{
    const struct sweep_update *update = &sweep->update;
    return status == AIRDELTA_DEVICE_NOTHING_BOOTS &&
           bench_layout(sweep->bench)->installer != NULL &&
           sweep->result->cuts >= AIRDELTA_TRIAL_BOOTS &&
           bench_slot_is(sweep->bench, 0, update->new_image, update->new_bytes);
}

static enum sweep_verdict run_power_cycle(struct sweep *sweep)
{
    struct airdelta_boot_report report;
    sweep->result->boots++;
    sweep->boots_since_cut++;
    if (sweep->short_boot_operations > 0) arm_next_cut(sweep);
    protect_from_bootloader(sweep);
    int status = bench_run_bootloader(sweep->bench);
    if (note_cut(sweep, status)) return SWEEP_OK;
    sweep->result->status = status;
    if (has_used_up_trial(sweep, status)) {
        sweep->was_given_up = 1;
        return SWEEP_OK;
    }
    if (status != AIRDELTA_DEVICE_OK) return SWEEP_NOTHING_BOOTS;
    bench_report(sweep->bench, &report);
    if (!sweep->is_over) protect_running_slot(sweep, report.slot);
    status = bench_start_application(sweep->bench);
    if (note_cut(sweep, status)) return SWEEP_OK;
    sweep->result->status = status;
    if (status != AIRDELTA_DEVICE_OK) return SWEEP_FAILED;
    enum sweep_verdict verdict = check_boot(sweep);
    if (verdict != SWEEP_OK) return verdict;
    status = take_next_step(sweep);
    sweep->result->status = status;
    (void)note_cut(sweep, status);
    return is_harmless(sweep, status) ? SWEEP_OK : SWEEP_FAILED;
}

static int is_over(const struct sweep *sweep)
{
    struct airdelta_state state;
    if (sweep->was_given_up) return 1;
    bench_state(sweep->bench, &state);
    return sweep->was_confirmed && state.lifecycle == AIRDELTA_CONFIRMED;
}

/* Boot again after success: nothing changes but that the state is stated again. */
static enum sweep_verdict boot_after_success(struct sweep *sweep)
{
    flash_model_plan_cut(bench_flash(sweep->bench), 0, FLASH_MODEL_NOT_DONE, 0);
    sweep->short_boot_operations = 0;
    sweep->is_over = 1;
    for (uint32_t i = 0; i < BOOTS_AFTER_SUCCESS; i++) {
        enum sweep_verdict verdict = run_power_cycle(sweep);
        if (verdict != SWEEP_OK) return verdict;
        if (has_trapped(sweep)) return SWEEP_RESTLESS;
        if (!is_over(sweep)) return SWEEP_WENT_BACK;
    }
    return SWEEP_OK;
}

static enum sweep_verdict run_to_end(struct sweep *sweep, uint32_t patience_boots)
{
    while (!is_over(sweep)) {
        enum sweep_verdict verdict = run_power_cycle(sweep);
        if (has_trapped(sweep)) return SWEEP_TRAPPED;
        if (verdict != SWEEP_OK) return verdict;
        if (sweep->boots_since_cut > PATIENCE_BOOTS || sweep->result->boots > patience_boots) {
            return SWEEP_ENDLESS;
        }
    }
    return sweep->was_given_up ? SWEEP_OK : boot_after_success(sweep);
}

static void begin_case(struct sweep *sweep, const struct sweep_case *cuts,
                       struct sweep_result *result)
{
    memset(result, 0, sizeof *result);
    sweep->cuts = cuts;
    sweep->result = result;
    sweep->boots_since_cut = 0;
    sweep->was_confirmed = 0;
    sweep->was_given_up = 0;
    sweep->is_over = 0;
}

static void run(struct sweep *sweep, const struct sweep_case *cuts, struct sweep_result *result)
{
    begin_case(sweep, cuts, result);
    flash_model_copy(bench_flash(sweep->bench), sweep->start);
    arm_next_cut(sweep);
    uint32_t before = operations_so_far(sweep);
    result->verdict = run_to_end(sweep, SHORT_BOOTS_PATIENCE);
    result->operations = operations_so_far(sweep) - before;
}

/* --- the update without cuts ------------------------------------------------------------------ */

static void keep_operation(void *context, uint32_t offset, const void *bytes, uint32_t count)
{
    struct sweep *sweep = context;
    if (sweep->is_over) return;
    history_add(&sweep->history,
                &(struct history_moment){.offset = offset,
                                         .bytes = bytes == NULL ? 0 : count,
                                         .boots = sweep->result->boots,
                                         .was_confirmed = sweep->was_confirmed},
                bytes);
}

/* Run the update once, and keep what it does to the flash. */
static void learn_history(struct sweep *sweep)
{
    static const struct sweep_case none = {.count = 0};
    struct sweep_result uncut;
    if (sweep->history.flash != NULL || history_begin(&sweep->history, sweep->start) != 0) return;
    flash_model_observe(bench_flash(sweep->bench), keep_operation, sweep);
    run(sweep, &none, &uncut);
    flash_model_observe(bench_flash(sweep->bench), NULL, NULL);
}

/* The case of one cut, from where it happens on. Behind the end of the update there is none. */
static void run_cut(struct sweep *sweep, const struct sweep_case *cuts, struct sweep_result *result)
{
    const struct sweep_cut *cut = &cuts->cuts[0];
    if (cut->operation == 0 || cut->operation > sweep->history.count) {
        run(sweep, cuts, result);
        return;
    }
    const struct history_moment *moment = &sweep->history.moments[cut->operation - 1u];
    begin_case(sweep, cuts, result);
    result->boots = moment->boots;
    sweep->was_confirmed = moment->was_confirmed;
    uint32_t before = operations_so_far(sweep);
    history_cut(&sweep->history, bench_flash(sweep->bench), cut->operation,
                (enum flash_model_cut)cut->variant, cut->seed);
    (void)note_cut(sweep, BENCH_POWER_LOST);
    result->verdict = run_to_end(sweep, SHORT_BOOTS_PATIENCE);
    result->operations = operations_so_far(sweep) - before;
}

/* --- sweeps ----------------------------------------------------------------------------------- */

struct sweep *sweep_new(struct bench *bench, const struct sweep_update *update)
{
    struct sweep *sweep = calloc(1, sizeof *sweep);
    if (sweep == NULL) return NULL;
    sweep->bench = bench;
    sweep->update = *update;
    sweep->start = flash_model_clone(bench_flash(bench));
    if (sweep->start != NULL) return sweep;
    sweep_free(sweep);
    return NULL;
}

void sweep_free(struct sweep *sweep)
{
    if (sweep == NULL) return;
    flash_model_free(sweep->start);
    history_free(&sweep->history);
    free(sweep);
}

void sweep_run(struct sweep *sweep, const struct sweep_case *cuts, struct sweep_result *result)
{
    sweep->short_boot_operations = 0;
    run(sweep, cuts, result);
}

static void add_result(const struct sweep_case *cuts, const struct sweep_result *result,
                       struct sweep_report *report)
{
    report->cases++;
    report->boots += result->boots;
    if (result->verdict == SWEEP_OK) return;
    if (report->failures == 0) {
        report->first_failure = *cuts;
        report->first_result = *result;
    }
    report->failures++;
}

void sweep_single_cuts(struct sweep *sweep, uint32_t first, uint32_t last, uint32_t seed,
                       struct sweep_report *report)
{
    struct sweep_case cuts = {.count = 1};
    struct sweep_result result;
    sweep->short_boot_operations = 0;
    learn_history(sweep);
    for (uint32_t operation = first; operation <= last; operation++) {
        for (uint32_t variant = 0; variant < FLASH_MODEL_CUT_COUNT; variant++) {
            cuts.cuts[0] = (struct sweep_cut){operation, variant, seed + operation};
            run_cut(sweep, &cuts, &result);
            add_result(&cuts, &result, report);
        }
    }
}

/* The 32-bit mixer of splitmix (constants: Wellons, "Prospecting for Hash Functions", 2018). */
static uint32_t draw(uint32_t *chance, uint32_t limit)
{
    uint32_t mixed = *chance += 0x9E3779B9u;
    mixed = (mixed ^ mixed >> 16) * 0x21F0AAADu;
    mixed = (mixed ^ mixed >> 15) * 0x735A2D97u;
    mixed ^= mixed >> 15;
    return (uint32_t)((uint64_t)mixed * limit >> 32);
}

void sweep_drawn_cuts(struct sweep *sweep, uint32_t first_seed, uint32_t count, uint32_t most_cuts,
                      struct sweep_report *report)
{
    struct sweep_result uncut;
    struct sweep_result result;
    struct sweep_case cuts = {.count = 0};
    sweep_run(sweep, &cuts, &uncut);
    for (uint32_t seed = first_seed; seed < first_seed + count; seed++) {
        uint32_t chance = seed * 0x85EBCA6Bu;
        cuts.count = 2 + draw(&chance, most_cuts - 1);
        for (uint32_t i = 0; i < cuts.count; i++) {
            uint32_t reach = draw(&chance, 2) ? EARLY_OPERATIONS : uncut.operations;
            cuts.cuts[i] = (struct sweep_cut){1 + draw(&chance, reach),
                                              draw(&chance, FLASH_MODEL_CUT_COUNT),
                                              draw(&chance, 1u << 16)};
        }
        sweep_run(sweep, &cuts, &result);
        add_result(&cuts, &result, report);
    }
}

void sweep_short_boots(struct sweep *sweep, uint32_t operations, uint32_t variant,
                       struct sweep_result *result)
{
    struct sweep_case none = {.count = 0};
    sweep->short_boot_operations = operations;
    sweep->short_boot_variant = variant;
    run(sweep, &none, result);
}
