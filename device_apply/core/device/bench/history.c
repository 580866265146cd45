#include "history.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 1024u

/* Room for `wanted` elements, which grows by doubling; out of memory is no fault of the device's. */
static void *grown(void *array, uint32_t count, uint32_t wanted, size_t element_bytes)
{
    uint32_t capacity = FIRST_CAPACITY;
    while (capacity < count) capacity *= 2u;
    if (array != NULL && wanted <= capacity) return array;
    while (capacity < wanted) capacity *= 2u;
    void *larger = realloc(array, capacity * element_bytes);
    if (larger == NULL) abort();
    return larger;
}

int history_begin(struct history *history, const struct flash_model *start)
{
    *history = (struct history){.start = start, .flash = flash_model_clone(start)};
    return history->flash == NULL ? -1 : 0;
}

void history_free(struct history *history)
{
    flash_model_free(history->flash);
    free(history->moments);
    free(history->bytes);
}

void history_add(struct history *history, const struct history_moment *moment, const void *bytes)
{
    uint32_t count = history->count;
    uint32_t end = history->byte_count + moment->bytes;
    history->moments = grown(history->moments, count, count + 1u, sizeof *moment);
    history->bytes = grown(history->bytes, history->byte_count, end + 1u, 1u);
    history->moments[count] = *moment;
    history->moments[count].bytes_at = history->byte_count;
    if (moment->bytes > 0) memcpy(history->bytes + history->byte_count, bytes, moment->bytes);
    history->byte_count = end;
    history->count = count + 1u;
}

static void perform(const struct history *history, struct flash_model *flash, uint32_t index)
{
    const struct history_moment *moment = &history->moments[index];
    const uint8_t *bytes = history->bytes + moment->bytes_at;
    if (moment->bytes == 0) {
        (void)flash_model_erase(flash, moment->offset);
    } else {
        (void)flash_model_program(flash, moment->offset, bytes, moment->bytes);
    }
}

void history_cut(struct history *history, struct flash_model *flash, uint32_t operation,
                 enum flash_model_cut variant, uint32_t seed)
{
    if (operation - 1u < history->replayed) {
        flash_model_copy(history->flash, history->start);
        history->replayed = 0;
    }
    while (history->replayed < operation - 1u) {
        perform(history, history->flash, history->replayed);
        history->replayed++;
    }
    flash_model_copy(flash, history->flash);
    flash_model_plan_cut(flash, 1, variant, seed);
    perform(history, flash, operation - 1u);
}
