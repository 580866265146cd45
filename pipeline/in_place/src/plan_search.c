#include "plan_search.h"

#include <stdlib.h>
#include <string.h>

#define MOST_RUNS 2048u
#define MOST_STASH_PAGES 8u
#define NO_PAGE UINT32_MAX
/* What a byte of plan weighs against one of program: it is paid on the air. */
#define PLAN_BYTE_WEIGHT 8u
/* What an erase of a stash page weighs: wear and time. */
#define STASH_WEIGHT 2u

struct run {
    uint32_t first;
    uint32_t pages;
    uint8_t is_descending;
    uint8_t is_stashing;
};

struct runs {
    struct run at[MOST_RUNS];
    uint32_t count;
};

struct search {
    const struct plan_problem *problem;
    uint32_t *first_read; /* of each page */
    uint32_t *step_of;    /* base pages that are never written: NO_PAGE */
    struct plan_found found;
    uint64_t chance;
};

/* splitmix64 (Vigna, public domain). */
static uint32_t draw(struct search *search, uint32_t limit)
{
    uint64_t mixed = search->chance += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
    mixed ^= mixed >> 31;
    return (uint32_t)((mixed & 0xFFFFFFFFu) * limit >> 32);
}

static uint32_t varint_bytes(uint32_t value)
{
    uint32_t bytes = 1;
    for (; value > 127u; value >>= 7) bytes++;
    return bytes;
}

static uint32_t fold(uint32_t first, uint32_t next)
{
    return first >= next ? (first - next) << 1 : ((next - first - 1u) << 1) + 1u;
}

static uint32_t pack(const struct run *run)
{
    return (run->pages - 1u) << 2 | (uint32_t)run->is_descending << 1 | run->is_stashing;
}

static uint32_t plan_bytes(const struct runs *runs)
{
    uint32_t bytes = 0;
    uint32_t next = 0;
    for (uint32_t i = 0; i < runs->count; i++) {
        bytes += varint_bytes(fold(runs->at[i].first, next)) + varint_bytes(pack(&runs->at[i]));
        next = runs->at[i].first + runs->at[i].pages;
    }
    return bytes;
}

static uint32_t page_of(const struct run *run, uint32_t index)
{
    return run->is_descending ? run->first + run->pages - 1u - index : run->first + index;
}

static void number_steps(struct search *search, const struct runs *runs)
{
    uint32_t step = 0;
    for (uint32_t i = 0; i < runs->count; i++) {
        for (uint32_t k = 0; k < runs->at[i].pages; k++) {
            uint32_t page = page_of(&runs->at[i], k);
            search->step_of[page] = search->problem->is_changed[page] ? step : NO_PAGE;
            step++;
        }
    }
}

static int is_stashed(const uint32_t *stash, uint32_t stash_pages, uint32_t page)
{
    for (uint32_t i = 0; i < stash_pages; i++) {
        if (stash[i] == page) return 1;
    }
    return 0;
}

/* Go through the steps as the device will; its rules are those of installer/plan.h. */
static uint64_t rate(struct search *search, const struct runs *runs)
{
    const struct plan_problem *problem = search->problem;
    uint32_t stash[MOST_STASH_PAGES];
    uint32_t step = 0;
    struct plan_found *found = &search->found;
    memset(stash, 0xFF, sizeof stash);
    memset(found, 0, sizeof *found);
    number_steps(search, runs);
    for (uint32_t i = 0; i < runs->count; i++) {
        const struct run *run = &runs->at[i];
        for (uint32_t k = 0; k < run->pages; k++, step++) {
            uint32_t page = page_of(run, k);
            if (!problem->is_changed[page]) continue;
            if (run->is_stashing && problem->stash_pages > 0) {
                stash[found->stashed_pages++ % problem->stash_pages] = page;
            }
            for (uint32_t r = search->first_read[page]; r < search->first_read[page + 1u]; r++) {
                uint32_t base_page = problem->reads[r].base_page;
                uint32_t written = search->step_of[base_page];
                if (written != NO_PAGE && written <= step &&
                    !is_stashed(stash, problem->stash_pages, base_page)) {
                    found->lost_bytes += problem->reads[r].bytes;
                }
            }
        }
    }
    found->plan_bytes = plan_bytes(runs);
    uint64_t cost = (uint64_t)found->lost_bytes + found->plan_bytes * PLAN_BYTE_WEIGHT +
                    found->stashed_pages * STASH_WEIGHT;
    if (found->plan_bytes > problem->most_plan_bytes) cost += (uint64_t)1 << 40;
    return cost;
}

static void insert_run(struct runs *runs, uint32_t at, struct run run)
{
    memmove(&runs->at[at + 1u], &runs->at[at], (runs->count - at) * sizeof run);
    runs->at[at] = run;
    runs->count++;
}

static struct run remove_run(struct runs *runs, uint32_t at)
{
    struct run run = runs->at[at];
    runs->count--;
    memmove(&runs->at[at], &runs->at[at + 1u], (runs->count - at) * sizeof run);
    return run;
}

/* Cut a run in two that do the same. */
static void split_run(struct runs *runs, uint32_t at, uint32_t pages)
{
    struct run first = runs->at[at];
    struct run second = first;
    first.pages = pages;
    second.pages -= pages;
    if (first.is_descending) {
        first.first += second.pages;
    } else {
        second.first += pages;
    }
    runs->at[at] = first;
    insert_run(runs, at + 1u, second);
}

static int may_join(const struct run *one, const struct run *other)
{
    if (one->is_stashing != other->is_stashing) return 0;
    int ascends = one->first + one->pages == other->first;
    int descends = other->first + other->pages == one->first;
    if (ascends) {
        return (!one->is_descending || one->pages == 1u) &&
               (!other->is_descending || other->pages == 1u);
    }
    return descends && (one->is_descending || one->pages == 1u) &&
           (other->is_descending || other->pages == 1u);
}

static void join_runs(struct runs *runs)
{
    for (uint32_t at = 0; at + 1u < runs->count;) {
        struct run *one = &runs->at[at];
        const struct run *other = &runs->at[at + 1u];
        if (!may_join(one, other)) {
            at++;
            continue;
        }
        one->is_descending = other->first < one->first;
        if (one->is_descending) one->first = other->first;
        one->pages += other->pages;
        (void)remove_run(runs, at + 1u);
    }
}

static void change(struct search *search, struct runs *runs)
{
    uint32_t at = draw(search, runs->count);
    uint32_t kind = draw(search, 6);
    if (runs->count + 3u > MOST_RUNS) kind = 3u;
    for (uint32_t cuts = draw(search, 3); cuts > 0 && runs->at[at].pages > 1u &&
                                          runs->count + 1u < MOST_RUNS; cuts--) {
        split_run(runs, at, 1u + draw(search, runs->at[at].pages - 1u));
        at += draw(search, 2);
    }
    if (kind == 0) runs->at[at].is_descending ^= 1u;
    if (kind == 1u) runs->at[at].is_stashing ^= 1u;
    if (kind >= 2u) {
        struct run run = remove_run(runs, at);
        if (kind == 3u) run.is_descending ^= 1u;
        uint32_t near = draw(search, 9);
        uint32_t to = kind == 4u ? at + near - (at < 4u ? at : 4u) : draw(search, runs->count + 1u);
        insert_run(runs, to < runs->count ? to : runs->count, run);
    }
    join_runs(runs);
}

static void write_plan(const struct runs *runs, uint8_t *plan)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < runs->count; i++) {
        uint32_t values[2] = {fold(runs->at[i].first, next), pack(&runs->at[i])};
        for (uint32_t k = 0; k < 2; k++) {
            for (; values[k] > 127u; values[k] >>= 7) *plan++ = (uint8_t)(values[k] | 128u);
            *plan++ = (uint8_t)values[k];
        }
        next = runs->at[i].first + runs->at[i].pages;
    }
}

static void find_first_reads(struct search *search)
{
    const struct plan_problem *problem = search->problem;
    uint32_t read = 0;
    for (uint32_t page = 0; page <= problem->pages; page++) {
        while (read < problem->read_count && problem->reads[read].page < page) read++;
        search->first_read[page] = read;
    }
    for (uint32_t page = 0; page < problem->base_pages; page++) search->step_of[page] = NO_PAGE;
}

/* From one simple plan; `best` is replaced if a better one is found. */
static void climb(struct search *search, struct runs *now, struct runs *next, struct runs *best,
                  uint64_t *best_cost)
{
    uint32_t rounds = search->problem->rounds;
    uint64_t cost = rate(search, now);
    for (uint32_t round = 0; round <= rounds; round++) {
        if (cost < *best_cost) {
            *best_cost = cost;
            *best = *now;
        }
        next->count = now->count;
        memcpy(next->at, now->at, now->count * sizeof next->at[0]);
        change(search, next);
        uint64_t threshold = (uint64_t)(rounds - round) * 64u / (rounds + 1u);
        uint64_t changed = rate(search, next);
        if (changed > cost + threshold) continue;
        struct runs *other = now;
        now = next;
        next = other;
        cost = changed;
    }
}

int plan_search(const struct plan_problem *problem, uint8_t *plan, struct plan_found *found)
{
    struct search search = {.problem = problem, .chance = 1};
    uint32_t most_pages = problem->pages > problem->base_pages ? problem->pages
                                                                : problem->base_pages;
    struct runs *runs = malloc(3u * sizeof *runs);
    search.first_read = malloc((problem->pages + 1u) * sizeof *search.first_read);
    search.step_of = malloc((most_pages + 1u) * sizeof *search.step_of);
    int has_memory = runs != NULL && search.first_read != NULL && search.step_of != NULL;
    if (has_memory) {
        uint64_t best_cost = UINT64_MAX;
        find_first_reads(&search);
        for (uint32_t start = 0; start < 4u; start++) {
            runs[0].count = 1;
            runs[0].at[0] = (struct run){0, problem->pages, start & 1u, start < 2u};
            climb(&search, &runs[0], &runs[1], &runs[2], &best_cost);
        }
        (void)rate(&search, &runs[2]);
        *found = search.found;
        write_plan(&runs[2], plan);
    }
    free(runs);
    free(search.first_read);
    free(search.step_of);
    return has_memory;
}
