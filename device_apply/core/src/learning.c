/* Remembered corrections, see learning.h. */
#include "learning.h"

#include <string.h>

#include "model.h"

int ad_recall_target(const struct ad_learned *learned, uint32_t base_target, uint32_t *new_target)
{
    const struct ad_moved_target *entry =
        &learned->moved[ad_slot(base_target, learned->moved_bits)];
    *new_target = entry->new_target;
    return entry->base_target == base_target && entry->new_target != 0;
}

/* How many steps begin at or below the address. */
static uint32_t steps_up_to(const struct ad_learned *learned, uint32_t base_target)
{
    uint32_t low = 0;
    uint32_t high = learned->steps_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2u;
        if (learned->steps[middle].base_target <= base_target) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t ad_recall_shift(const struct ad_learned *learned, uint32_t base_target)
{
    if (learned->steps_count == 0) return 0;
    uint32_t rank = steps_up_to(learned, base_target);
    return learned->steps[rank ? rank - 1u : 0].shift;
}

static void learn_shift(struct ad_learned *learned, uint32_t base_target, uint32_t shift)
{
    uint32_t rank = steps_up_to(learned, base_target);
    struct ad_shift_step *steps = learned->steps;
    if (rank > 0 && steps[rank - 1u].base_target == base_target) {
        steps[rank - 1u].shift = shift;
        return;
    }
    if (learned->steps_count == learned->steps_capacity) return;
    memmove(&steps[rank + 1u], &steps[rank], (learned->steps_count - rank) * sizeof *steps);
    steps[rank].base_target = base_target;
    steps[rank].shift = shift;
    learned->steps_count++;
}

void ad_learn_target(struct ad_learned *learned, uint32_t base_target, uint32_t new_target,
                     int is_variable)
{
    struct ad_moved_target *entry = &learned->moved[ad_slot(base_target, learned->moved_bits)];
    entry->base_target = base_target;
    entry->new_target = new_target;
    if (is_variable) learn_shift(learned, base_target, new_target - base_target);
}

int ad_join_halves(struct ad_learned *learned, uint32_t base_target, uint32_t contribution,
                   uint32_t is_high, uint32_t *new_target)
{
    struct ad_half_target *half = &learned->halves[ad_slot(base_target, 2)];
    int is_pair = half->base_target == base_target && half->is_high != is_high;
    *new_target = half->contribution + contribution;
    half->base_target = base_target;
    half->contribution = contribution;
    half->is_high = is_high;
    return is_pair;
}
