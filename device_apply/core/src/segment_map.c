/* Coding, storing, sorting and looking up of segments, see segment_map.h. */
#include "segment_map.h"

#include <stddef.h>
#include <string.h>

#include "state.h"

/* First counters of the integers in the pool. */
enum { SLOT_COUNT = 0, SLOT_GAP = 128, SLOT_LENGTH = 256, SLOT_RECENT = 384, SLOT_SHIFT = 512 };

/* Segments may overlap in the base; that many before the nearest start are looked at. */
#define OVERLAP_REACH 4u

/* Added to distances between segments: any segment that holds the offset is nearer. */
#define OUTSIDE 0x80000000u

uint32_t ad_code_segment_count(struct ad_state *state, uint32_t told)
{
    return ad_code_integer(state, SLOT_COUNT, told);
}

/* --- the store: records in the order of the new image, then their numbers in that of the base --- */

static uint32_t in_units(uint32_t bytes)
{
    return (bytes + AD_SCRATCH_UNIT_BYTES - 1u) & ~(AD_SCRATCH_UNIT_BYTES - 1u);
}

uint32_t airdelta_scratch_bytes(uint32_t segments)
{
    return in_units(segments * (uint32_t)sizeof(struct ad_segment)) +
           in_units(segments * (uint32_t)sizeof(uint16_t));
}

/* Where the index begins: right behind the records in memory, in a unit of its own in scratch. */
static uint32_t index_start(const struct ad_state *state)
{
    uint32_t record_bytes = state->map.count * (uint32_t)sizeof(struct ad_segment);
    return state->map_is_in_memory ? record_bytes : in_units(record_bytes);
}

/* In memory, the store is behind everything else. */
static uint8_t *store_of(struct ad_state *state)
{
    return (uint8_t *)state + ad_fixed_bytes(state->parameters.mode);
}

static void read_store(struct ad_state *state, uint32_t offset, void *bytes, uint32_t count)
{
    const struct airdelta_ports *ports = &state->ports;
    if (state->map_is_in_memory) {
        memcpy(bytes, store_of(state) + offset, count);
    } else if (ports->scratch_read(ports->context, offset, bytes, count)) {
        state->status = AIRDELTA_PORT_FAILED;
        memset(bytes, 0, count);
    }
}

/* Append bytes to the store; the last ones fill up the unit they are in. */
static void append(struct ad_state *state, const void *bytes, uint32_t count)
{
    struct ad_segment_map *map = &state->map;
    const struct airdelta_ports *ports = &state->ports;
    uint8_t *batch = state->window.bytes;
    int is_last = ++map->ready == map->count;
    for (const uint8_t *next = bytes; count > 0; count--) {
        uint32_t offset = map->filled++;
        if (state->map_is_in_memory) {
            store_of(state)[offset] = *next++;
            continue;
        }
        uint32_t place = offset % AD_SCRATCH_UNIT_BYTES;
        batch[place] = *next++;
        if (place == AD_SCRATCH_UNIT_BYTES - 1u || (is_last && count == 1u)) {
            if (ports->scratch_program(ports->context, offset - place, batch,
                                       AD_SCRATCH_UNIT_BYTES)) {
                state->status = AIRDELTA_PORT_FAILED;
            }
        }
    }
    if (is_last) map->filled = index_start(state);
}

void ad_append_segment(struct ad_state *state, const struct ad_segment *segment)
{
    append(state, segment, sizeof *segment);
}

struct ad_segment ad_segment_at(struct ad_state *state, uint32_t index)
{
    struct ad_segment segment;
    read_store(state, index * (uint32_t)sizeof segment, &segment, sizeof segment);
    return segment;
}

uint32_t ad_index_by_base(struct ad_state *state, uint32_t rank)
{
    uint16_t index;
    read_store(state, index_start(state) + rank * (uint32_t)sizeof index, &index, sizeof index);
    return index < state->map.count ? index : 0;
}

static struct ad_segment segment_by_base(struct ad_state *state, uint32_t rank)
{
    return ad_segment_at(state, ad_index_by_base(state, rank));
}

/* --- coding --- */

/* The shift (base start - new start): one of the recent ones by number, or a difference. */
static uint32_t code_shift(struct ad_state *state, uint32_t told)
{
    struct ad_segment_map *map = &state->map;
    uint32_t told_number = 0;
    (void)told;
#ifdef AIRDELTA_ENCODER
    for (uint32_t i = 0; i <= map->recent_shifts && !told_number; i++) {
        if (map->recent[i] == told) told_number = i + 1u;
    }
#endif
    uint32_t place = ad_code_integer(state, SLOT_RECENT, told_number);
    uint32_t shift;
    if (place > 0) {
        place--;
        if (place > map->recent_shifts) place = 0; /* hostile: any valid one will do */
        shift = map->recent[place];
    } else {
        shift = map->recent[0] +
                ad_unfold(ad_code_integer(state, SLOT_SHIFT,
                                          AD_TOLD(ad_fold((int32_t)(told - map->recent[0])))));
        if (map->recent_shifts < AD_RECENT_SHIFTS - 1u) map->recent_shifts++;
        place = map->recent_shifts;
    }
    for (; place > 0; place--) map->recent[place] = map->recent[place - 1u];
    map->recent[0] = shift;
    return shift;
}

static int is_inside(uint32_t start, uint32_t length, uint32_t image_bytes)
{
    return start <= image_bytes && length <= image_bytes - start;
}

int ad_code_segment(struct ad_state *state, const struct ad_segment *told)
{
    struct ad_segment_map *map = &state->map;
    struct ad_segment segment;
    (void)told;
    segment.new_start =
        map->new_end + ad_code_integer(state, SLOT_GAP, AD_TOLD(told->new_start - map->new_end));
    segment.length = ad_code_integer(state, SLOT_LENGTH, AD_TOLD(told->length - 1u)) + 1u;
    segment.base_start =
        segment.new_start + code_shift(state, AD_TOLD(told->base_start - told->new_start));
    map->new_end = segment.new_start + segment.length;
    ad_append_segment(state, &segment);
    return is_inside(segment.new_start, segment.length, state->sizes.new_bytes) &&
           is_inside(segment.base_start, segment.length, state->sizes.base_bytes);
}

/* --- sorting --- */

static int is_before(const struct ad_sort_key *a, const struct ad_sort_key *b)
{
    return a->base_start < b->base_start ||
           (a->base_start == b->base_start && a->index < b->index);
}

/*
 * Selection in passes: each finds the smallest keys behind the last one sorted. Scratch flash is
 * written once this way, and the work is count^2 / capacity reads.
 */
void ad_sort_some(struct ad_state *state)
{
    struct ad_segment_map *map = &state->map;
    struct ad_sort_key *keys = state->pool.sort_keys; /* no counters are in use now */
    uint32_t capacity = ad_counters_of(ad_tier(state)) * (uint32_t)sizeof(uint16_t) /
                        (uint32_t)sizeof *keys;
    struct ad_sort_key *end = keys;
    struct ad_sort_key key;
    for (key.index = 0; key.index < map->count; key.index++) {
        key.base_start = ad_segment_at(state, key.index).base_start;
        if (map->ready > 0 && !is_before(&map->last, &key)) continue;
        if (end == keys + capacity) {
            if (is_before(end - 1, &key)) continue;
            end--;
        }
        struct ad_sort_key *place = end++;
        for (; place > keys && is_before(&key, place - 1); place--) place[0] = place[-1];
        *place = key;
    }
    for (; keys < end; keys++) {
        uint16_t index = (uint16_t)keys->index;
        map->last = *keys;
        append(state, &index, sizeof index);
    }
}

/* --- looking up --- */

/* How many segments start at or before the base offset. */
static uint32_t rank_of(struct ad_state *state, uint32_t offset)
{
    uint32_t low = 0;
    uint32_t high = state->map.count;
    while (low < high) {
        uint32_t middle = (low + high) / 2u;
        if (segment_by_base(state, middle).base_start <= offset) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low;
}

enum ad_mapping ad_map_offset(struct ad_state *state, uint32_t offset, uint32_t hint,
                              uint32_t *moved)
{
    uint32_t rank = ad_min(rank_of(state, offset) + 1u, state->map.count);
    uint32_t nearest = UINT32_MAX;
    *moved = offset;
    for (uint32_t tries = 0; tries <= OVERLAP_REACH && rank > 0; tries++) {
        struct ad_segment segment = segment_by_base(state, --rank);
        uint32_t within = offset - segment.base_start;
        uint32_t place = segment.new_start + within;
        int32_t from_hint = (int32_t)(place - hint);
        uint32_t distance = (uint32_t)(from_hint < 0 ? -from_hint : from_hint);
        if (within >= segment.length) {
            distance = OUTSIDE | (within >> 31 ? 0u - within : within - segment.length);
        }
        if (distance < nearest) {
            nearest = distance;
            *moved = place;
        }
    }
    return nearest < OUTSIDE ? AD_MAPPED_EXACTLY : AD_MAPPED_NEARBY;
}
