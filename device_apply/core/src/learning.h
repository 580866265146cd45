/*
 * What corrections teach: where targets went that the segment map does not know.
 *
 * When a field was predicted to refer to A and turned out to refer to B, later fields with the same
 * target in the base image are predicted to refer to B. Addresses of variables (which no segment
 * covers) also teach their neighbourhood: variables move in groups.
 */
#ifndef AIRDELTA_LEARNING_H
#define AIRDELTA_LEARNING_H

#include <stdint.h>

struct ad_moved_target {
    uint32_t base_target;
    uint32_t new_target;
};

/* A piecewise constant function: from `base_target` on, addresses move by `shift`. */
struct ad_shift_step {
    uint32_t base_target;
    uint32_t shift;
};

/* One half of an address that was spread over two instructions. */
struct ad_half_target {
    uint32_t base_target;
    uint32_t contribution;
    uint32_t is_high;
};

#define AD_HALVES 4u

struct ad_learned {
    struct ad_moved_target *moved; /* hash table of 2^moved_bits; an unused entry has both 0 */
    struct ad_shift_step *steps;   /* ascending by base_target */
    uint32_t moved_bits;
    uint32_t steps_capacity;
    uint32_t steps_count;
    struct ad_half_target halves[AD_HALVES];
};

/* Where a correction said that `base_target` went; whether there was one. */
int ad_recall_target(const struct ad_learned *learned, uint32_t base_target, uint32_t *new_target);

/* How far variables at `base_target` and around move. */
uint32_t ad_recall_shift(const struct ad_learned *learned, uint32_t base_target);

/* Remember that `base_target` is now `new_target`; variables also shift their neighbours. */
void ad_learn_target(struct ad_learned *learned, uint32_t base_target, uint32_t new_target,
                     int is_variable);

/* Remember one half; when both are known, returns 1 and the whole target. */
int ad_join_halves(struct ad_learned *learned, uint32_t base_target, uint32_t contribution,
                   uint32_t is_high, uint32_t *new_target);

#endif
