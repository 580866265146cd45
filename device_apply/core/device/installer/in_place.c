/*
 * The in-place installer: write the pages of the one slot in the order of the plan, each built from
 * what is still there of the base image, in the slot or in the stash.
 *
 * Every step can be done again from its beginning: what it reads is neither what it erases nor what
 * it programs. The journal says how many steps are done. Pages that do not change are never touched.
 *
 * 19. A page of the slot, and of the stash (19b), is erased in the power cycle that programs it,
 *     even if it reads blank.
 * 20. A step is done when its page is programmed and read back, a page is stashed (20b) when its
 *     copy is: only then the journal says so.
 * 21. A page whose old bytes are in the stash is not copied again: the slot has them no more.
 * 22. A page that is not what the application saw ends the commit.
 */
#include "airdelta_installer.h"

#include "flash_access.h"
#include "flash_copy.h"
#include "journal.h"
#include "new_page.h"

/* What a commit works with. */
struct commit {
    struct dv_journal journal;
    struct dv_program program;
    struct dv_moment moment;
    struct dv_new_page page;
    uint8_t burst[DV_COPY_BYTES];
};

/* Whether a region is whole pages of equal sectors. */
static int is_uniform(const struct airdelta_port *port, const struct airdelta_layout *layout,
                      const struct airdelta_region *region)
{
    uint32_t sector_bytes = port->sector_bytes(port->context, layout->slots[0].offset);
    if (sector_bytes == 0 || layout->page_bytes % sector_bytes != 0 ||
        region->bytes % layout->page_bytes != 0) {
        return 0;
    }
    for (uint32_t at = 0; at < region->bytes; at += sector_bytes) {
        if (port->sector_bytes(port->context, region->offset + at) != sector_bytes) return 0;
    }
    return 1;
}

static int is_possible(const struct airdelta_port *port, const struct airdelta_layout *layout)
{
    return layout->page_bytes > 0 && layout->page_bytes % layout->write_unit_bytes == 0 &&
           layout->slots[0].bytes <= DV_MOST_PROGRAM_IMAGE_BYTES &&
           layout->slots[0].bytes / layout->page_bytes <= DV_MOST_STEPS &&
           layout->slots[1].bytes > DV_FIXED_HEAD_BYTES &&
           is_uniform(port, layout, &layout->slots[0]) &&
           is_uniform(port, layout, &layout->stash) && dv_is_possible_journal(port, layout);
}

static int open_program(struct airdelta_store *store, struct dv_program *program)
{
    return dv_program_open_head(program, store->log.port, store->log.layout) &&
           dv_program_open_end(program) &&
           program->new_bytes == store->state.slots[1].image.bytes;
}

static airdelta_device_status begin(struct airdelta_store *store)
{
    struct commit *commit = store->log.port->installer_memory;
    if (!open_program(store, &commit->program)) return AIRDELTA_FAILED_STAGING;
    return dv_journal_create(&commit->journal, store->log.port, store->log.layout);
}

/* Keep the old page for those that read it in this step or a later one. */
static airdelta_device_status stash_page(struct airdelta_store *store, struct commit *commit)
{
    const struct dv_program *program = &commit->program;
    const struct airdelta_layout *layout = program->layout;
    uint32_t to = dv_stash_offset(program, &commit->moment);
    struct airdelta_region page = {
        layout->slots[0].offset + commit->moment.page * layout->page_bytes, layout->page_bytes};
    airdelta_device_status status = AIRDELTA_DEVICE_OK;
    status = dv_erase_range(program->port, to, layout->page_bytes); /* RULE 19b */
    if (status == AIRDELTA_DEVICE_OK) status = dv_copy_flash(store, &page, to, commit->burst);
    if (status != AIRDELTA_DEVICE_OK) return status;
    return dv_journal_state(&commit->journal, commit->moment.step, 1); /* RULE 20b */
}

static airdelta_device_status program_page(struct airdelta_store *store, struct commit *commit,
                                           uint32_t to)
{
    for (;;) {
        uint32_t count = dv_new_page_read(&commit->page, commit->burst, sizeof commit->burst);
        if (count == 0) break;
        airdelta_device_status status = dv_program_burst(store, to, commit->burst, count);
        if (status != AIRDELTA_DEVICE_OK) return status;
        to += count;
    }
    int is_right = dv_new_page_is_right(&commit->page);
    return is_right ? AIRDELTA_DEVICE_OK : AIRDELTA_DEVICE_FLASH_FAILED; /* RULE 22 */
}

static airdelta_device_status do_step(struct airdelta_store *store, struct commit *commit,
                                      int is_stashed)
{
    const struct airdelta_port *port = commit->program.port;
    const struct airdelta_layout *layout = commit->program.layout;
    uint32_t to = layout->slots[0].offset + commit->moment.page * layout->page_bytes;
    airdelta_device_status status = AIRDELTA_DEVICE_OK;
    if (commit->moment.is_stashing && !is_stashed) status = stash_page(store, commit); /* RULE 21 */
    if (status != AIRDELTA_DEVICE_OK) return status;
    if (!dv_new_page_begin(&commit->page, &commit->program, &commit->moment, 0)) {
        return AIRDELTA_DEVICE_FLASH_FAILED;
    }
    status = dv_erase_range(port, to, layout->page_bytes); /* RULE 19 */
    if (status == AIRDELTA_DEVICE_OK) status = program_page(store, commit, to);
    if (status != AIRDELTA_DEVICE_OK) return status;
    return dv_journal_state(&commit->journal, commit->moment.step + 1u, 0); /* RULE 20 */
}

static airdelta_device_status commit_in_place(struct airdelta_store *store)
{
    struct commit *commit = store->log.port->installer_memory;
    if (!open_program(store, &commit->program)) return AIRDELTA_DEVICE_FLASH_FAILED;
    airdelta_device_status status =
        dv_journal_open(&commit->journal, store->log.port, store->log.layout);
    if (status != AIRDELTA_DEVICE_OK) return status;
    uint32_t first = commit->journal.steps_done;
    int is_stashed = commit->journal.is_stashed;
    dv_moment_begin(&commit->moment);
    while (dv_moment_next(&commit->program, &commit->moment)) {
        if (commit->moment.step < first || !commit->moment.is_changed) continue;
        status = do_step(store, commit, is_stashed && commit->moment.step == first);
        if (status != AIRDELTA_DEVICE_OK) return status;
    }
    return AIRDELTA_DEVICE_OK;
}

const struct airdelta_installer airdelta_in_place_installer = {sizeof(struct commit), is_possible,
                                                             begin, commit_in_place};
