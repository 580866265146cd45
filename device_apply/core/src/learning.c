/* Remembered corrections, see learning.h. */
#include "learning.h"

#include <string.h>

#include "model.h"

static struct ad_moved_target *entry_of(struct ad_state *state, uint32_t base_target)
{
    return &state->moved[ad_slot(base_target, ad_tier(state)->moved_bits)];
}

uint32_t ad_recall_target(struct ad_state *state, uint32_t base_target)
{
    const struct ad_moved_target *entry = entry_of(state, base_target);
    return entry->base_target == base_target ? entry->new_target : 0;
}

/* How many steps begin at or below the address. */
static uint32_t steps_up_to(struct ad_state *state, uint32_t base_target)
{
    uint32_t low = 0;
    uint32_t high = state->steps_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2u;
        if (state->steps[middle].base_target <= base_target) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t ad_recall_shift(struct ad_state *state, uint32_t base_target)
{
    if (state->steps_count == 0) return 0;
    uint32_t rank = steps_up_to(state, base_target);
    return state->steps[rank ? rank - 1u : 0].shift;
}

static void learn_shift(struct ad_state *state, uint32_t base_target, uint32_t shift)
{
    uint32_t rank = steps_up_to(state, base_target);
    struct ad_shift_step *step = &state->steps[rank];
    if (rank > 0 && step[-1].base_target == base_target) {
        step--;
    } else {
        if (state->steps_count == ad_tier(state)->shift_steps) return;
        memmove(step + 1, step, (state->steps_count++ - rank) * sizeof *step);
    }
    step->base_target = base_target;
    step->shift = shift;
}

void ad_learn_target(struct ad_state *state, uint32_t base_target, uint32_t new_target,
                     uint32_t is_variable)
{
    struct ad_moved_target *entry = entry_of(state, base_target);
    entry->base_target = base_target;
    entry->new_target = new_target;
    if (is_variable) learn_shift(state, base_target, new_target - base_target);
}

int ad_join_halves(struct ad_state *state, uint32_t base_target, uint32_t is_high,
                   uint32_t *contribution)
{
    struct ad_half_target *half = &state->halves[ad_slot(base_target, 2)];
    uint32_t here = *contribution;
    int is_pair = half->base_target == base_target && half->is_high != is_high;
    *contribution += half->contribution;
    half->base_target = base_target;
    half->contribution = here;
    half->is_high = is_high;
    return is_pair;
}
