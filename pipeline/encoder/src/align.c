/*
 * Alignment: anchors from a suffix array, then the cheapest path through them.
 *
 * Anchors are long exact matches, each of which proposes a shift (base offset - new offset). The
 * path visits the new image byte by byte; at each it is in one of a few proposed shifts or outside
 * all of them, and pays for misses, inserted bytes and changes of shift what they cost on average.
 */
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "fixed_point.h"
#include "segment_map.h"
#include "suffix_array.h"

#define ANCHOR_MINIMUM 5     /* shorter matches are chance */
#define ANCHOR_ADVANTAGE 2   /* bytes that a new shift must match more than the last one */
#define LONG_ENOUGH 1024u    /* a match this long needs no better one */
#define NEIGHBOURS 40u        /* equal or similar matches that are weighed */
#define PROPOSAL_STEP 16u     /* within a match, look again after that many bytes */
#define LEAD_BYTES 96        /* a shift is considered that long before its anchor */
#define CANDIDATES 40
#define NO_NODE (-1)
#define OUTSIDE INT32_MIN

struct anchor {
    uint32_t start;
    uint32_t length;
    int32_t shift;
};

struct images {
    const uint8_t *base;
    uint32_t base_bytes;
    const uint8_t *new_;
    uint32_t new_bytes;
};

static uint32_t common(const struct images *images, uint32_t base, uint32_t new_)
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

/* What it costs to go over to another shift. */
static int32_t shift_cost(const struct ad_costs *costs, int32_t from, int32_t to)
{
    uint32_t distance = (uint32_t)(from < to ? (int64_t)to - from : (int64_t)from - to);
    return costs->new_segment + log2_sixteenths(distance) * costs->per_distance_bit / 16;
}

struct match {
    uint32_t where;
    uint32_t length;
};

/* Where the suffixes that begin like the new image at `at` are in the order. */
static uint32_t find_place(const struct images *images, const int32_t *order, uint32_t at)
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
static struct match best_match(const struct images *images, const int32_t *order, uint32_t at,
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
                            shift_cost(costs, shift, (int32_t)where - (int32_t)at);
            if (value > best_value) {
                best_value = value;
                best = (struct match){where, length};
            }
        }
    }
    return best;
}

static int agrees(const struct images *images, uint32_t at, int32_t shift)
{
    int64_t from = (int64_t)at + shift;
    return from >= 0 && from < (int64_t)images->base_bytes &&
           images->base[from] == images->new_[at];
}

/* Find anchors; returns their number. */
static uint32_t find_anchors(const struct images *images, const int32_t *order,
                             const struct ad_costs *costs, struct anchor *anchors)
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
            anchors[count++] = (struct anchor){at, length, shift};
            at += length < PROPOSAL_STEP ? length : PROPOSAL_STEP;
        } else if (length > 0 && same == length) {
            at += length;
        } else {
            at++;
        }
    }
    return count;
}

/* A finished segment of a path, linked to the one before. */
struct node {
    uint32_t start;
    uint32_t end;
    int32_t shift;
    int32_t parent;
};

/* One way to be at the current byte. */
struct way {
    int64_t cost;
    int32_t shift;
    int32_t parent;
    uint32_t start;
    uint32_t last_miss;
    uint32_t used; /* when the shift was proposed last, to choose which to forget */
};

struct path {
    struct way ways[CANDIDATES + 1]; /* the first is outside of all segments */
    uint32_t count;
    struct node *nodes;
    int32_t node_count;
};

static uint32_t cheapest(const struct path *path)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < path->count; i++) {
        if (path->ways[i].cost < path->ways[best].cost) best = i;
    }
    return best;
}

/* Consider a shift from now on; forgets the most expensive one if there are too many. */
static void propose(struct path *path, int32_t shift, uint32_t now)
{
    for (uint32_t i = 1; i < path->count; i++) {
        if (path->ways[i].shift == shift) {
            path->ways[i].used = now;
            return;
        }
    }
    uint32_t place = path->count;
    if (place <= CANDIDATES) {
        path->count++;
    } else {
        place = 1;
        for (uint32_t i = 2; i < path->count; i++) {
            if (path->ways[i].cost > path->ways[place].cost) place = i;
        }
    }
    path->ways[place] =
        (struct way){INT64_MAX / 2, shift, NO_NODE, now, 0, now};
}

/* End the way's segment here and return what the next one follows. */
static int32_t finish_way(struct path *path, const struct way *way, uint32_t now)
{
    if (way->shift == OUTSIDE || way->start == now) return way->parent;
    path->nodes[path->node_count] = (struct node){way->start, now, way->shift, way->parent};
    return path->node_count++;
}

static int is_recent(const struct path *path, int32_t node, int32_t shift)
{
    for (int steps = 0; node != NO_NODE && steps < 6; steps++) {
        if (path->nodes[node].shift == shift) return 1;
        node = path->nodes[node].parent;
    }
    return 0;
}

static int32_t last_shift(const struct node *nodes, int32_t node)
{
    return node == NO_NODE ? 0 : nodes[node].shift;
}

/* Let every way be reached from the cheapest one, if that is cheaper than staying on it. */
static void switch_ways(struct path *path, const struct ad_costs *costs, uint32_t now)
{
    uint32_t best = cheapest(path);
    struct way from = path->ways[best];
    int32_t parent = NO_NODE - 1;
    for (uint32_t i = 0; i < path->count; i++) {
        struct way *way = &path->ways[i];
        if (i == best) continue;
        int64_t cost = from.cost;
        if (way->shift != OUTSIDE) {
            cost += costs->recent_segment;
            if (cost >= way->cost) continue;
            if (parent < NO_NODE) parent = finish_way(path, &from, now);
            if (!is_recent(path, parent, way->shift)) {
                cost += shift_cost(costs, last_shift(&path->nodes[0], parent), way->shift) -
                        costs->recent_segment;
            }
        }
        if (cost >= way->cost) continue;
        if (parent < NO_NODE) parent = finish_way(path, &from, now);
        way->cost = cost;
        way->parent = parent;
        way->start = now;
        way->last_miss = 0;
    }
}

static void pay_for_byte(struct path *path, const struct images *images,
                         const struct ad_costs *costs, uint32_t at)
{
    path->ways[0].cost += costs->inserted;
    for (uint32_t i = 1; i < path->count; i++) {
        struct way *way = &path->ways[i];
        int64_t from = (int64_t)at + way->shift;
        if (from < 0 || from >= (int64_t)images->base_bytes) {
            way->cost = INT64_MAX / 2; /* not beyond the base */
        } else if (images->base[from] == images->new_[at]) {
            way->cost += costs->hit;
        } else {
            way->cost += way->last_miss + 6u > at && way->last_miss ? costs->next_miss
                                                                    : costs->first_miss;
            way->last_miss = at + 1u;
        }
    }
}

static int32_t collect(const struct path *path, int32_t node, struct ad_segment *segments,
                       uint32_t capacity)
{
    uint32_t count = 0;
    for (int32_t at = node; at != NO_NODE; at = path->nodes[at].parent) count++;
    if (count > capacity) return -1;
    uint32_t place = count;
    for (int32_t at = node; at != NO_NODE; at = path->nodes[at].parent) {
        const struct node *found = &path->nodes[at];
        segments[--place] = (struct ad_segment){
            found->start, (uint32_t)((int64_t)found->start + found->shift),
            found->end - found->start};
    }
    return (int32_t)count;
}

static int32_t cheapest_path(const struct images *images, const struct anchor *anchors,
                             uint32_t anchor_count, const struct ad_costs *costs,
                             struct ad_segment *segments, uint32_t capacity)
{
    struct path path = {.count = 1};
    path.nodes = malloc(((size_t)images->new_bytes + 2u) * sizeof *path.nodes);
    if (!path.nodes) return -1;
    path.ways[0] = (struct way){0, OUTSIDE, NO_NODE, 0, 0, 0};
    propose(&path, 0, 0);
    uint32_t next = 0;
    for (uint32_t at = 0; at < images->new_bytes; at++) {
        while (next < anchor_count && anchors[next].start <= at + LEAD_BYTES) {
            propose(&path, anchors[next++].shift, at);
        }
        switch_ways(&path, costs, at);
        pay_for_byte(&path, images, costs, at);
    }
    uint32_t best = cheapest(&path);
    int32_t last = finish_way(&path, &path.ways[best], images->new_bytes);
    int32_t count = collect(&path, last, segments, capacity);
    free(path.nodes);
    return count;
}

int32_t ad_align(const uint8_t *base, uint32_t base_bytes, const uint8_t *new_, uint32_t new_bytes,
                 const struct ad_costs *costs, struct ad_segment *segments, uint32_t capacity)
{
    struct images images = {base, base_bytes, new_, new_bytes};
    int32_t *order = malloc(((size_t)base_bytes + 1u) * sizeof *order);
    struct anchor *anchors = malloc(((size_t)new_bytes + 1u) * sizeof *anchors);
    int32_t count = -1;
    if (order && anchors && ad_suffix_array(base, (int32_t)base_bytes, order) == 0) {
        uint32_t anchor_count = find_anchors(&images, order, costs, anchors);
        count = cheapest_path(&images, anchors, anchor_count, costs, segments, capacity);
    }
    free(order);
    free(anchors);
    return count;
}
