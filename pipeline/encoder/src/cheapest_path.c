/*
 * The cheapest path: it visits the new image byte by byte; at each it is in one of a few proposed
 * shifts or outside all of them, and pays for misses, inserted bytes and changes of shift what they
 * cost on average. Most bytes lie in long stretches that the best way hits throughout: those are
 * taken in one stride, with the same result.
 */
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "segment_map.h"

#define LEAD_BYTES 96u /* a shift is considered that long before its anchor */
#define CANDIDATES 40
#define RECENT_SEGMENTS 6
#define MISS_REACH 6u /* a miss so soon after another one is cheaper */
#define LEAST_STRIDE 8u /* shorter ones are not worth their setting up */
#define NO_NODE (-1)
#define OUTSIDE INT32_MIN
#define UNREACHABLE (INT64_MAX / 2)

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
    uint32_t last_miss; /* the place behind it; 0: none in this segment */
    uint32_t asked;     /* when `entry_cost` was last worked out */
    int64_t entry_cost; /* of a segment of this shift behind `path.before` */
};

struct path {
    const struct ad_images *images;
    const struct ad_costs *costs;
    struct way ways[CANDIDATES + 1]; /* the first is outside of all segments */
    uint32_t count;
    struct node *nodes;
    int32_t node_count;
    int32_t node_capacity;
    int is_out_of_memory;
    struct node before; /* the segment that a new one would follow */
    uint32_t asked;     /* counts changes of `before` */
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
    uint32_t place = 1;
    for (uint32_t i = 1; i < path->count; i++) {
        if (path->ways[i].shift == shift) return;
        if (path->ways[i].cost > path->ways[place].cost) place = i;
    }
    if (path->count <= CANDIDATES) place = path->count++;
    path->ways[place] = (struct way){UNREACHABLE, shift, NO_NODE, now, 0, 0, 0};
}

/* End the way's segment here and return what the next one follows. */
static int32_t finish_way(struct path *path, const struct way *way, uint32_t now)
{
    if (way->shift == OUTSIDE || way->start == now) return way->parent;
    if (path->node_count == path->node_capacity) {
        int32_t capacity = path->node_capacity * 2;
        struct node *nodes = realloc(path->nodes, (size_t)capacity * sizeof *nodes);
        if (!nodes) {
            path->is_out_of_memory = 1;
            return way->parent;
        }
        path->nodes = nodes;
        path->node_capacity = capacity;
    }
    path->nodes[path->node_count] = (struct node){way->start, now, way->shift, way->parent};
    return path->node_count++;
}

static int is_recent(const struct path *path, int32_t shift)
{
    const struct node *node = &path->before;
    for (int steps = 0; steps < RECENT_SEGMENTS; steps++) {
        if (node->shift == shift) return 1;
        if (node->parent == NO_NODE) break;
        node = &path->nodes[node->parent];
    }
    return 0;
}

/* Say behind which segment new ones would begin, if the way is left. */
static void leave(struct path *path, const struct way *way)
{
    struct node before = {0, 0, way->shift, way->parent};
    if (way->shift == OUTSIDE && way->parent != NO_NODE) before = path->nodes[way->parent];
    if (before.shift == path->before.shift && before.parent == path->before.parent) return;
    path->before = before;
    path->asked++;
}

/* What it costs to begin a segment of that shift there. */
static int64_t entry_cost(const struct path *path, struct way *way)
{
    if (way->shift == OUTSIDE) return 0;
    if (way->asked != path->asked) {
        way->asked = path->asked;
        int32_t last = path->before.shift == OUTSIDE ? 0 : path->before.shift;
        way->entry_cost = is_recent(path, way->shift)
                              ? path->costs->recent_segment
                              : ad_shift_cost(path->costs, last, way->shift);
    }
    return way->entry_cost;
}

static void restart(struct way *way, int64_t cost, int32_t parent, uint32_t now)
{
    way->cost = cost;
    way->parent = parent;
    way->start = now;
    way->last_miss = 0;
}

/* Let every way be reached from the cheapest one, if that is cheaper; returns the latter. */
static uint32_t switch_ways(struct path *path, uint32_t now)
{
    uint32_t best = cheapest(path);
    struct way from = path->ways[best];
    int32_t parent = NO_NODE - 1;
    leave(path, &from);
    for (uint32_t i = 0; i < path->count; i++) {
        struct way *way = &path->ways[i];
        int64_t cost = from.cost + entry_cost(path, way);
        if (i == best || cost >= way->cost) continue;
        if (parent < NO_NODE) parent = finish_way(path, &from, now);
        restart(way, cost, parent, now);
    }
    return best;
}

static int64_t miss_cost(const struct path *path, uint32_t last_miss, uint32_t at)
{
    int is_soon = last_miss && last_miss + MISS_REACH > at;
    return is_soon ? path->costs->next_miss : path->costs->first_miss;
}

static int is_hit(const struct ad_images *images, int32_t shift, uint32_t at)
{
    return images->base[(int64_t)at + shift] == images->new_[at];
}

static int is_inside(const struct ad_images *images, int32_t shift, uint32_t at)
{
    int64_t from = (int64_t)at + shift;
    return from >= 0 && from < (int64_t)images->base_bytes;
}

/* Where the shift leaves the base image, or `end` if that comes first. */
static uint32_t inside_end(const struct ad_images *images, int32_t shift, uint32_t end)
{
    int64_t last = (int64_t)images->base_bytes - shift;
    return last < (int64_t)end ? (uint32_t)last : end;
}

static void pay_for_byte(struct path *path, uint32_t at)
{
    const struct ad_images images = *path->images;
    path->ways[0].cost += path->costs->inserted;
    for (uint32_t i = 1; i < path->count; i++) {
        struct way *way = &path->ways[i];
        if (!is_inside(&images, way->shift, at)) {
            way->cost = UNREACHABLE;
        } else if (is_hit(&images, way->shift, at)) {
            way->cost += path->costs->hit;
        } else {
            way->cost += miss_cost(path, way->last_miss, at);
            way->last_miss = at + 1u;
        }
    }
}

/* How many bytes from `at`, up to `end`, hit. */
static uint32_t hits_from(const struct ad_images *images, int32_t shift, uint32_t at, uint32_t end)
{
    const uint8_t *base = images->base + ((int64_t)at + shift);
    const uint8_t *new_ = images->new_ + at;
    uint32_t most = end - at;
    uint32_t hits = 0;
    while (most - hits >= 8u && memcmp(base + hits, new_ + hits, 8) == 0) hits += 8u;
    while (hits < most && base[hits] == new_[hits]) hits++;
    return hits;
}

/* Where the last miss before `end` is; there is one. */
static uint32_t last_miss_before(const struct ad_images *images, int32_t shift, uint32_t end)
{
    do {
        end--;
    } while (is_inside(images, shift, end) && is_hit(images, shift, end));
    return end;
}

/* A stretch of the new image through which the best way hits at every byte. */
struct stride {
    struct way best; /* as it was at the start */
    uint32_t start;
    uint32_t end;
};

/*
 * Take another way over a stride. `limit` is what changing from the best way to it costs: a way
 * whose lag grows beyond that is left, and begins anew behind its last miss.
 */
static void stride_beside(struct path *path, const struct stride *stride, struct way *way,
                          int64_t limit)
{
    const struct ad_images *images = path->images;
    int64_t cost_at_end =
        stride->best.cost + (int64_t)(stride->end - stride->start) * path->costs->hit;
    int64_t lag = way->cost - stride->best.cost;
    uint32_t end = inside_end(images, way->shift, stride->end);
    uint32_t at = stride->start;
    if (!is_inside(images, way->shift, at)) lag = UNREACHABLE;
    while (lag <= limit) {
        at += hits_from(images, way->shift, at, end);
        if (at == end) break;
        lag += miss_cost(path, way->last_miss, at) - path->costs->hit;
        way->last_miss = ++at;
    }
    if (lag <= limit && end == stride->end) {
        way->cost = cost_at_end + lag;
        return;
    }
    uint32_t behind = last_miss_before(images, way->shift, stride->end) + 1u;
    restart(way, cost_at_end + limit, finish_way(path, &stride->best, behind), behind);
}

/* Pay for `count` bytes that are hits of the best way, and switch behind each of them. */
static void take_stride(struct path *path, uint32_t best, uint32_t at, uint32_t count)
{
    struct stride stride = {path->ways[best], at, at + count};
    int32_t parent = finish_way(path, &stride.best, stride.end);
    path->ways[best].cost += (int64_t)count * path->costs->hit;
    restart(&path->ways[0], path->ways[best].cost, parent, stride.end);
    for (uint32_t i = 1; i < path->count; i++) {
        struct way *way = &path->ways[i];
        if (i != best) stride_beside(path, &stride, way, entry_cost(path, way));
    }
}

/* How many bytes from `at`, with one more before `end`, the best way hits; 0 if too few. */
static uint32_t stride_of(const struct path *path, uint32_t best, uint32_t at, uint32_t end)
{
    int32_t shift = path->ways[best].shift;
    if (best == 0 || !is_inside(path->images, shift, at)) return 0;
    uint32_t hits = hits_from(path->images, shift, at, inside_end(path->images, shift, end));
    return hits > LEAST_STRIDE ? hits - 1u : 0;
}

static int32_t collect(const struct path *path, int32_t node, struct ad_segment *segments,
                       uint32_t capacity)
{
    uint32_t count = 0;
    for (int32_t at = node; at != NO_NODE; at = path->nodes[at].parent) count++;
    if (count > capacity) return AD_TOO_MANY_SEGMENTS;
    uint32_t place = count;
    for (int32_t at = node; at != NO_NODE; at = path->nodes[at].parent) {
        const struct node *found = &path->nodes[at];
        segments[--place] = (struct ad_segment){
            found->start, (uint32_t)((int64_t)found->start + found->shift),
            found->end - found->start};
    }
    return (int32_t)count;
}

/* Visit the new image, from proposal to proposal. */
static void walk(struct path *path, const struct ad_anchor *anchors, uint32_t anchor_count)
{
    uint32_t new_bytes = path->images->new_bytes;
    uint32_t next = 0;
    for (uint32_t at = 0; at < new_bytes; at++) {
        while (next < anchor_count && anchors[next].start <= at + LEAD_BYTES) {
            propose(path, anchors[next++].shift, at);
        }
        uint32_t best = switch_ways(path, at);
        uint32_t end = next < anchor_count ? anchors[next].start - LEAD_BYTES : new_bytes;
        uint32_t count = stride_of(path, best, at, end);
        if (count) take_stride(path, best, at, count);
        at += count;
        pay_for_byte(path, at);
    }
}

int32_t ad_cheapest_path(const struct ad_images *images, const struct ad_anchor *anchors,
                         uint32_t anchor_count, const struct ad_costs *costs,
                         struct ad_segment *segments, uint32_t capacity)
{
    struct path path = {.images = images, .costs = costs, .count = 1, .node_capacity = 4096};
    path.before = (struct node){0, 0, OUTSIDE, NO_NODE};
    path.asked = 1;
    path.nodes = malloc((size_t)path.node_capacity * sizeof *path.nodes);
    if (!path.nodes) return -1;
    restart(&path.ways[0], 0, NO_NODE, 0);
    path.ways[0].shift = OUTSIDE;
    propose(&path, 0, 0);
    walk(&path, anchors, anchor_count);
    int32_t last = finish_way(&path, &path.ways[cheapest(&path)], images->new_bytes);
    int32_t count = path.is_out_of_memory ? -1 : collect(&path, last, segments, capacity);
    free(path.nodes);
    return count;
}
