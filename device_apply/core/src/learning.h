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

struct ad_state;

/* An unused entry has both 0. */
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

/* Where a correction said that `base_target` went; 0 if none did. */
uint32_t ad_recall_target(struct ad_state *state, uint32_t base_target);

/* How far variables at `base_target` and around move. */
uint32_t ad_recall_shift(struct ad_state *state, uint32_t base_target);

/* Remember that `base_target` is now `new_target`; variables also shift their neighbours. */
void ad_learn_target(struct ad_state *state, uint32_t base_target, uint32_t new_target,
                     uint32_t is_variable);

/* Remember one half; when both are known, returns 1 and adds the other to `*contribution`. */
int ad_join_halves(struct ad_state *state, uint32_t base_target, uint32_t is_high,
                   uint32_t *contribution);

#endif
