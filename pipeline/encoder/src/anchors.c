/* Anchors from a suffix array of the base image, see encoder.h. */
#include <stdlib.h>

#include "encoder.h"
#include "fixed_point.h"
#include "suffix_array.h"

#define ANCHOR_MINIMUM 5     /* shorter matches are chance */
#define ANCHOR_ADVANTAGE 2   /* bytes that a new shift must match more than the last one */
#define LONG_ENOUGH 1024u    /* a match this long needs no better one */
#define NEIGHBOURS 40u        /* equal or similar matches that are weighed */
#define PROPOSAL_STEP 16u     /* within a match, look again after that many bytes */

/* How many bytes agree. */
static uint32_t common(const struct ad_images *images, uint32_t base, uint32_t new_)
{
    uint32_t length = 0;
    while (length < LONG_ENOUGH && base + length < images->base_bytes &&
           new_ + length < images->new_bytes &&
           images->base[base + length] == images->new_[new_ + length]) {
        length++;
    }
    return length;
}

/* Bits of a number's logarithm, in 1/16 bit. */
static int32_t log2_sixteenths(uint32_t value)
{
    uint32_t whole = ad_log2_floor(value | 1u);
    uint32_t fraction = whole >= 4u ? value >> (whole - 4u) & 15u : value << (4u - whole) & 15u;
    return (int32_t)(whole * 16u + fraction);
}

int32_t ad_shift_cost(const struct ad_costs *costs, int32_t from, int32_t to)
{
    uint32_t distance = (uint32_t)(from < to ? (int64_t)to - from : (int64_t)from - to);
    return costs->new_segment + log2_sixteenths(distance) * costs->per_distance_bit / 16;
}

struct match {
    uint32_t where;
    uint32_t length;
};

/* Where the suffixes that begin like the new image at `at` are in the order. */
static uint32_t find_place(const struct ad_images *images, const int32_t *order, uint32_t at)
{
    uint32_t low = 0;
    uint32_t high = images->base_bytes;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2u;
        uint32_t start = (uint32_t)order[middle];
        uint32_t length = common(images, start, at);
        if (length == LONG_ENOUGH || at + length == images->new_bytes) return middle;
        if (start + length == images->base_bytes ||
            images->base[start + length] < images->new_[at + length]) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Of the matches around a place in the order, the one that saves most against its shift's cost. */
static struct match best_match(const struct ad_images *images, const int32_t *order, uint32_t at,
                               int32_t shift, const struct ad_costs *costs)
{
    uint32_t place = find_place(images, order, at);
    struct match best = {0, 0};
    int64_t best_value = INT64_MIN;
    for (int32_t side = -1; side <= 1; side += 2) {
        for (uint32_t step = 0; step < NEIGHBOURS; step++) {
            int64_t index = side < 0 ? (int64_t)place - 1 - step : (int64_t)place + step;
            if (index < 0 || index >= (int64_t)images->base_bytes) break;
            uint32_t where = (uint32_t)order[index];
            uint32_t length = common(images, where, at);
            if (length < ANCHOR_MINIMUM) break;
            int64_t value = (int64_t)length * costs->inserted -
                            ad_shift_cost(costs, shift, (int32_t)where - (int32_t)at);
            if (value > best_value) {
                best_value = value;
                best = (struct match){where, length};
            }
        }
    }
    return best;
}

static int agrees(const struct ad_images *images, uint32_t at, int32_t shift)
{
    int64_t from = (int64_t)at + shift;
    return from >= 0 && from < (int64_t)images->base_bytes &&
           images->base[from] == images->new_[at];
}

/* Go over the new image with the base image's suffixes in order. */
static uint32_t propose_shifts(const struct ad_images *images, const int32_t *order,
                               const struct ad_costs *costs, struct ad_anchor *anchors)
{
    uint32_t count = 0;
    int32_t shift = 0;
    for (uint32_t at = 0; at < images->new_bytes;) {
        uint32_t same = 0;
        uint32_t run = 0; /* the last shift may simply go on */
        while (at + run < images->new_bytes && agrees(images, at + run, shift)) run++;
        if (run >= 32u) {
            at += run;
            continue;
        }
        struct match match = best_match(images, order, at, shift, costs);
        uint32_t length = match.length;
        for (uint32_t k = 0; k < length; k++) same += (uint32_t)agrees(images, at + k, shift);
        if (length >= ANCHOR_MINIMUM && length > same + ANCHOR_ADVANTAGE) {
            shift = (int32_t)match.where - (int32_t)at;
            anchors[count++] = (struct ad_anchor){at, shift};
            at += length < PROPOSAL_STEP ? length : PROPOSAL_STEP;
        } else if (length > 0 && same == length) {
            at += length;
        } else {
            at++;
        }
    }
    return count;
}

int32_t ad_find_anchors(const struct ad_images *images, const struct ad_costs *costs,
                        struct ad_anchor *anchors)
{
    int32_t *order = malloc(((size_t)images->base_bytes + 1u) * sizeof *order);
    int32_t count = -1;
    if (order && ad_suffix_array(images->base, (int32_t)images->base_bytes, order) == 0) {
        count = (int32_t)propose_shifts(images, order, costs, anchors);
    }
    free(order);
    return count;
}
