/* SA-IS, see suffix_array.h. The text of a level is an array of integers below `letters`. */
#include "suffix_array.h"

#include <stdlib.h>
#include <string.h>

struct level {
    const int32_t *text;
    int32_t length;
    int32_t letters;
    uint8_t *is_small; /* the suffix is smaller than the next one ("S type") */
    int32_t *bounds;   /* per letter: number of smaller letters, then scratch */
    int32_t *heads;
};

static int is_leftmost(const struct level *level, int32_t i)
{
    return i > 0 && level->is_small[i] && !level->is_small[i - 1];
}

static void reset_heads(const struct level *level, int at_end)
{
    memcpy(level->heads, level->bounds + (at_end ? 1 : 0),
           (size_t)level->letters * sizeof *level->heads);
}

/* From the sorted leftmost-small suffixes that `order` holds, sort all of them. */
static void induce(const struct level *level, int32_t *order)
{
    int32_t length = level->length;
    reset_heads(level, 0);
    order[level->heads[level->text[length - 1]]++] = length - 1;
    for (int32_t i = 0; i < length; i++) {
        int32_t before = order[i] - 1;
        if (order[i] >= 1 && !level->is_small[before]) {
            order[level->heads[level->text[before]]++] = before;
        }
    }
    reset_heads(level, 1);
    for (int32_t i = length; i-- > 0;) {
        int32_t before = order[i] - 1;
        if (order[i] >= 1 && level->is_small[before]) {
            order[--level->heads[level->text[before]]] = before;
        }
    }
}

/* Put the given leftmost-small suffixes at the ends of their letters' ranges, then induce. */
static void induce_from(const struct level *level, int32_t *order, const int32_t *starts,
                        int32_t count)
{
    for (int32_t i = 0; i < level->length; i++) order[i] = -1;
    reset_heads(level, 1);
    for (int32_t i = count; i-- > 0;) {
        order[--level->heads[level->text[starts[i]]]] = starts[i];
    }
    /* the pass for large suffixes reads these, the pass for small ones places them anew */
    induce(level, order);
}

static int same_substring(const struct level *level, int32_t a, int32_t b)
{
    for (int32_t k = 0;; k++) {
        if (a + k >= level->length || b + k >= level->length) return 0;
        if (level->text[a + k] != level->text[b + k]) return 0;
        int a_ends = k > 0 && is_leftmost(level, a + k);
        int b_ends = k > 0 && is_leftmost(level, b + k);
        if (a_ends || b_ends) return a_ends && b_ends;
    }
}

static int sort_level(const int32_t *text, int32_t length, int32_t letters, int32_t *order);

/* Sort the leftmost-small suffixes: name their substrings, recurse where names repeat. */
static int sort_leftmost(const struct level *level, int32_t *order, int32_t *starts, int32_t count)
{
    int32_t *memory = malloc(((size_t)count * 3 + (size_t)level->length + 1) * sizeof *memory);
    if (!memory) return -1;
    int32_t *sorted = memory;
    int32_t *names = memory + count;
    int32_t *ranks = names + count;
    int32_t *name_at = ranks + count;
    int32_t found = 0;
    for (int32_t i = 0; i < level->length; i++) {
        if (order[i] >= 0 && is_leftmost(level, order[i])) sorted[found++] = order[i];
    }
    int32_t name = 0;
    for (int32_t i = 0; i < count; i++) {
        if (i > 0 && !same_substring(level, sorted[i - 1], sorted[i])) name++;
        name_at[sorted[i]] = name;
    }
    for (int32_t i = 0; i < count; i++) names[i] = name_at[starts[i]];
    int failed = 0;
    if (name + 1 < count) {
        failed = sort_level(names, count, name + 1, ranks);
    } else {
        for (int32_t i = 0; i < count; i++) ranks[names[i]] = i;
    }
    for (int32_t i = 0; i < count && !failed; i++) sorted[i] = starts[ranks[i]];
    if (!failed) memcpy(starts, sorted, (size_t)count * sizeof *starts);
    free(memory);
    return failed;
}

static void prepare(struct level *level)
{
    int32_t length = level->length;
    level->is_small[length - 1] = 0;
    for (int32_t i = length - 1; i-- > 0;) {
        int32_t here = level->text[i];
        int32_t next = level->text[i + 1];
        level->is_small[i] = (uint8_t)(here < next || (here == next && level->is_small[i + 1]));
    }
    memset(level->bounds, 0, (size_t)(level->letters + 1) * sizeof *level->bounds);
    for (int32_t i = 0; i < length; i++) level->bounds[level->text[i] + 1]++;
    for (int32_t i = 0; i < level->letters; i++) level->bounds[i + 1] += level->bounds[i];
}

static int sort_level(const int32_t *text, int32_t length, int32_t letters, int32_t *order)
{
    struct level level = {text, length, letters, 0, 0, 0};
    int32_t *starts = calloc((size_t)length / 2 + 1, sizeof *starts);
    level.is_small = malloc((size_t)length);
    level.bounds = malloc((size_t)(letters + 1) * sizeof *level.bounds);
    level.heads = malloc((size_t)letters * sizeof *level.heads);
    int failed = !starts || !level.is_small || !level.bounds || !level.heads;
    if (!failed) {
        int32_t count = 0;
        prepare(&level);
        for (int32_t i = 0; i < length; i++) {
            if (is_leftmost(&level, i)) starts[count++] = i;
        }
        induce_from(&level, order, starts, count);
        if (count > 1) {
            failed = sort_leftmost(&level, order, starts, count);
            if (!failed) induce_from(&level, order, starts, count);
        }
    }
    free(starts);
    free(level.is_small);
    free(level.bounds);
    free(level.heads);
    return failed ? -1 : 0;
}

int ad_suffix_array(const uint8_t *text, int32_t length, int32_t *order)
{
    if (length == 0) return 0;
    int32_t *letters = malloc((size_t)length * sizeof *letters);
    if (!letters) return -1;
    for (int32_t i = 0; i < length; i++) letters[i] = text[i];
    int failed = sort_level(letters, length, 256, order);
    free(letters);
    return failed;
}
