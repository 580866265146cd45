/*
 * The segment map: which ranges of the new image come from where in the base image.
 *
 * The whole map is sent first, because it also says where everything that code refers to has moved.
 * It is kept in the order of the new image, with an index in the order of the base image; in the
 * caller's memory if it fits there, else in scratch flash.
 */
#ifndef AIRDELTA_SEGMENT_MAP_H
#define AIRDELTA_SEGMENT_MAP_H

#include <stdint.h>

#include "integers.h"

/* Segments are numbered with 16 bits. */
#define AD_MAX_SEGMENTS 65535u
/* Shifts that the coder of the map remembers. */
#define AD_RECENT_SHIFTS 16u
/* Bytes that are programmed to scratch at once. */
#define AD_SCRATCH_UNIT_BYTES 64u

struct ad_segment {
    uint32_t new_start;
    uint32_t base_start;
    uint32_t length;
};

/* A key of the index while it is sorted. */
struct ad_sort_key {
    uint32_t base_start;
    uint32_t index;
};

struct ad_segment_map {
    uint32_t count;
    uint32_t ready;   /* segments decoded, then entries of the index sorted */
    uint32_t new_end; /* of the last segment decoded */
    uint32_t filled;  /* bytes that were appended to the map, or to the index */
    struct ad_sort_key last; /* entry sorted */
    uint32_t recent_shifts;  /* entries of `recent` behind the first that are used */
    uint32_t recent[AD_RECENT_SHIFTS];
};

/* Where a base offset went. */
enum ad_mapping {
    AD_MAPPED_EXACTLY = 0, /* inside a segment */
    AD_MAPPED_NEARBY = 1   /* between segments: moved like the nearest one */
};

/* Counters that the map needs: five integers' worth. */
#define AD_MAP_SLOTS (5u * AD_INTEGER_SLOTS)

/* Bytes of one segment in memory, with its index entry. */
#define AD_SEGMENT_MEMORY_BYTES (sizeof(struct ad_segment) + sizeof(uint16_t))

/* Code the number of segments. */
uint32_t ad_code_segment_count(struct ad_state *state, uint32_t told);

/* Code the next segment and append it; whether it lies inside both images. */
int ad_code_segment(struct ad_state *state, const struct ad_segment *told);

/* Sort as many entries of the index as memory allows; done when `map.ready == map.count`. */
void ad_sort_some(struct ad_state *state);

/* Append a segment without coding it. */
void ad_append_segment(struct ad_state *state, const struct ad_segment *segment);

/* Segment number `index` of the new image. */
struct ad_segment ad_segment_at(struct ad_state *state, uint32_t index);

/* The number of the segment with that rank in the order of the base image. */
uint32_t ad_index_by_base(struct ad_state *state, uint32_t rank);

/* Where the byte at base offset `offset` is in the new image; `hint` chooses among copies. */
enum ad_mapping ad_map_offset(struct ad_state *state, uint32_t offset, uint32_t hint,
                              uint32_t *moved);

#endif
