#include "plan.h"

#include <string.h>

#define VARINT_BITS 28u

static uint32_t read_varint(struct dv_program *program, struct dv_plan_walk *walk)
{
    uint32_t value = 0;
    for (uint32_t shift = 0; shift <= VARINT_BITS && walk->read < program->plan_bytes; shift += 7u) {
        uint8_t byte;
        dv_program_read(program, program->plan_at + walk->read++, &byte, 1);
        value |= (byte & 127u) << shift;
        if (!(byte & 128u)) break;
    }
    return value;
}

/* Read the next run; the pages of a malformed one are wrong, but there are not more of them. */
static void begin_run(struct dv_program *program, struct dv_plan_walk *walk)
{
    uint32_t folded = read_varint(program, walk);
    uint32_t packed = read_varint(program, walk);
    uint32_t first = walk->next + (folded & 1u ? 0u - (folded >> 1) - 1u : folded >> 1);
    walk->left = (packed >> 2) + 1u;
    walk->is_descending = packed >> 1 & 1u;
    walk->is_stashing = packed & 1u;
    walk->next = first + walk->left;
    walk->page = walk->is_descending ? walk->next - 1u : first;
}

/* To the next step; whether there is one. `page` is the page of this step, and then of the next. */
static int walk_on(struct dv_program *program, struct dv_plan_walk *walk, uint32_t *page)
{
    if (walk->left == 0) {
        if (walk->read >= program->plan_bytes) return 0;
        begin_run(program, walk);
    }
    *page = walk->page;
    walk->page += walk->is_descending ? UINT32_MAX : 1u;
    walk->left--;
    return 1;
}

/* The plan, or where there is none all pages in turn. */
static void begin_walk(const struct dv_program *program, struct dv_plan_walk *walk)
{
    memset(walk, 0, sizeof *walk);
    if (program->plan_bytes > 0) return;
    walk->left = program->pages;
    walk->is_stashing = 1;
}

int dv_is_whole_plan(struct dv_program *program, uint8_t *seen)
{
    struct dv_plan_walk walk;
    uint32_t page;
    uint32_t steps = 0;
    begin_walk(program, &walk);
    memset(seen, 0, (program->pages + 7u) / 8u);
    while (steps <= program->pages && walk_on(program, &walk, &page)) {
        steps++;
        if (page >= program->pages || (seen[page / 8u] >> (page & 7u) & 1u)) return 0;
        seen[page / 8u] |= (uint8_t)(1u << (page & 7u));
    }
    return steps == program->pages;
}

void dv_moment_begin(struct dv_moment *moment)
{
    memset(moment, 0, sizeof *moment);
    memset(moment->stashed, 0xFF, sizeof moment->stashed);
    moment->step = UINT32_MAX;
}

int dv_moment_next(struct dv_program *program, struct dv_moment *moment)
{
    if (moment->step == UINT32_MAX) begin_walk(program, &moment->walk);
    if (!walk_on(program, &moment->walk, &moment->page)) return 0;
    moment->step++;
    if (moment->step >= program->pages || moment->page >= program->pages) return 0;
    moment->is_changed = (uint8_t)dv_is_changed(program, moment->page);
    moment->is_stashing =
        moment->is_changed && moment->walk.is_stashing && program->stash_pages > 0;
    if (moment->is_stashing) {
        moment->stashed[moment->stash_count++ % program->stash_pages] = (uint16_t)moment->page;
    }
    return 1;
}

void dv_moment_of_page(struct dv_program *program, struct dv_moment *moment, uint32_t page)
{
    dv_moment_begin(moment);
    while (dv_moment_next(program, moment) && moment->page != page) continue;
}

uint32_t dv_stash_offset(const struct dv_program *program, const struct dv_moment *moment)
{
    const struct airdelta_layout *layout = program->layout;
    uint32_t place = (moment->stash_count - 1u) % program->stash_pages;
    return layout->stash.offset + place * layout->page_bytes;
}

/* Whether a step that is still to come writes the page. */
static int is_to_come(struct dv_program *program, const struct dv_moment *moment, uint32_t page)
{
    struct dv_plan_walk walk = moment->walk;
    for (;;) {
        uint32_t ahead = walk.is_descending ? walk.page - page : page - walk.page;
        if (walk.left > 0 && ahead < walk.left) return 1;
        if (walk.read >= program->plan_bytes) return 0;
        begin_run(program, &walk);
    }
}

int dv_find_page(struct dv_program *program, const struct dv_moment *moment, uint32_t page,
                 int is_rehearsal, uint32_t *offset)
{
    const struct airdelta_layout *layout = program->layout;
    *offset = layout->slots[0].offset + page * layout->page_bytes;
    for (uint32_t place = 0; place < program->stash_pages; place++) {
        if (moment->stashed[place] != page) continue;
        if (!is_rehearsal) *offset = layout->stash.offset + place * layout->page_bytes;
        return 1;
    }
    /* base pages behind the new image are never written */
    if (page >= program->pages || !dv_is_changed(program, page)) return 1;
    return page != moment->page && is_to_come(program, moment, page);
}
