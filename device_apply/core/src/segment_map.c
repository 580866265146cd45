/* Coding, storing, sorting and looking up of segments, see segment_map.h. */
#include "segment_map.h"

#include <stddef.h>
#include <string.h>

#include "fixed_point.h"
#include "integers.h"

/* First counters of the integers in the pool. */
enum { SLOT_COUNT = 0, SLOT_GAP = 128, SLOT_LENGTH = 256, SLOT_RECENT = 384, SLOT_SHIFT = 512 };

/* Segments may overlap in the base; that many before the nearest start are looked at. */
#define OVERLAP_REACH 4u

#define RECORDS_PER_UNIT 5u /* of 12 bytes in a unit of 64 */
#define ENTRIES_PER_UNIT 32u

uint32_t ad_code_segment_count(struct ad_coder *coder, const struct ad_counters *counters,
                               uint32_t told)
{
    return ad_code_integer(coder, counters, SLOT_COUNT, told);
}

static uint32_t index_offset(const struct ad_segment_map *map)
{
    return (map->count + RECORDS_PER_UNIT - 1u) / RECORDS_PER_UNIT * AD_SCRATCH_UNIT_BYTES;
}

uint32_t airdelta_scratch_bytes(uint32_t segments)
{
    struct ad_segment_map map = {.count = segments};
    uint32_t units = (segments + ENTRIES_PER_UNIT - 1u) / ENTRIES_PER_UNIT;
    return index_offset(&map) + units * AD_SCRATCH_UNIT_BYTES;
}

static void program_unit(struct ad_segment_map *map, uint32_t offset)
{
    const struct airdelta_ports *ports = map->ports;
    if (ports->scratch_program(ports->context, offset, map->batch, AD_SCRATCH_UNIT_BYTES)) {
        map->failed = 1;
    }
}

static void read_scratch(struct ad_segment_map *map, uint32_t offset, void *bytes, uint32_t count)
{
    const struct airdelta_ports *ports = map->ports;
    if (ports->scratch_read(ports->context, offset, bytes, count)) {
        map->failed = 1;
        memset(bytes, 0, count);
    }
}

static void store_segment(struct ad_segment_map *map, const struct ad_segment *segment)
{
    uint32_t index = map->ready++;
    if (map->segments) {
        map->segments[index] = *segment;
        return;
    }
    uint32_t place = index % RECORDS_PER_UNIT;
    memcpy(map->batch + place * sizeof *segment, segment, sizeof *segment);
    if (place == RECORDS_PER_UNIT - 1u || map->ready == map->count) {
        program_unit(map, index / RECORDS_PER_UNIT * AD_SCRATCH_UNIT_BYTES);
    }
}

/* Where segment number `index` is in scratch. */
static uint32_t record_offset(uint32_t index)
{
    return index / RECORDS_PER_UNIT * AD_SCRATCH_UNIT_BYTES +
           index % RECORDS_PER_UNIT * (uint32_t)sizeof(struct ad_segment);
}

struct ad_segment ad_segment_at(struct ad_segment_map *map, uint32_t index)
{
    struct ad_segment segment;
    if (map->segments) return map->segments[index];
    read_scratch(map, record_offset(index), &segment, sizeof segment);
    return segment;
}

static void store_index(struct ad_segment_map *map, uint32_t index)
{
    uint32_t rank = map->ready++;
    uint16_t entry = (uint16_t)index;
    if (map->segments) {
        map->by_base[rank] = entry;
        return;
    }
    uint32_t place = rank % ENTRIES_PER_UNIT;
    memcpy(map->batch + place * sizeof entry, &entry, sizeof entry);
    if (place == ENTRIES_PER_UNIT - 1u || map->ready == map->count) {
        program_unit(map, index_offset(map) + rank / ENTRIES_PER_UNIT * AD_SCRATCH_UNIT_BYTES);
    }
}

uint32_t ad_index_by_base(struct ad_segment_map *map, uint32_t rank)
{
    if (map->segments) return map->by_base[rank];
    uint16_t index;
    read_scratch(map, index_offset(map) + rank * (uint32_t)sizeof index, &index, sizeof index);
    return index < map->count ? index : 0;
}

static struct ad_segment segment_by_base(struct ad_segment_map *map, uint32_t rank)
{
    return ad_segment_at(map, ad_index_by_base(map, rank));
}

/* Move the shift at `position` to the front. */
static void promote(struct ad_segment_map *map, uint32_t position, int32_t shift)
{
    for (; position > 0; position--) {
        map->recent[position] = map->recent[position - 1u];
    }
    map->recent[0] = shift;
}

/* The shift (base start - new start): one of the recent ones by number, or a difference. */
static int32_t code_shift(struct ad_segment_map *map, struct ad_coder *coder,
                          const struct ad_counters *counters, int32_t told)
{
    uint32_t told_number = 0;
    (void)told;
#ifdef AIRDELTA_ENCODER
    for (uint32_t i = 0; i < map->recent_shifts && !told_number; i++) {
        if (map->recent[i] == told) told_number = i + 1u;
    }
#endif
    uint32_t number = ad_code_integer(coder, counters, SLOT_RECENT, told_number);
    if (number > 0) {
        if (number > map->recent_shifts) number = 1; /* hostile: any valid one will do */
        int32_t shift = map->recent[number - 1u];
        promote(map, number - 1u, shift);
        return shift;
    }
    uint32_t told_folded = AD_TOLD(ad_fold(told - map->recent[0]));
    uint32_t folded = ad_code_integer(coder, counters, SLOT_SHIFT, told_folded);
    int32_t shift = (int32_t)((uint32_t)map->recent[0] + (uint32_t)ad_unfold(folded));
    if (map->recent_shifts < AD_RECENT_SHIFTS) map->recent_shifts++;
    promote(map, map->recent_shifts - 1u, shift);
    return shift;
}

int ad_code_segment(struct ad_segment_map *map, struct ad_coder *coder,
                    const struct ad_counters *counters, const struct airdelta_sizes *sizes,
                    const struct ad_segment *told)
{
    (void)told;
    if (map->recent_shifts == 0) map->recent_shifts = 1; /* the first is 0 */
    struct ad_segment segment;
    uint32_t gap =
        ad_code_integer(coder, counters, SLOT_GAP, AD_TOLD(told->new_start - map->new_end));
    segment.length =
        ad_code_integer(coder, counters, SLOT_LENGTH, AD_TOLD(told->length - 1u)) + 1u;
    int32_t shift =
        code_shift(map, coder, counters, AD_TOLD((int32_t)(told->base_start - told->new_start)));
    if (gap > sizes->new_bytes - map->new_end) return 0;
    segment.new_start = map->new_end + gap;
    if (segment.length > sizes->new_bytes - segment.new_start) return 0;
    segment.base_start = segment.new_start + (uint32_t)shift;
    if (segment.base_start > sizes->base_bytes ||
        segment.length > sizes->base_bytes - segment.base_start) {
        return 0;
    }
    map->new_end = segment.new_start + segment.length;
    store_segment(map, &segment);
    return 1;
}

static int is_before(uint32_t base_start, uint32_t index, const struct ad_sort_key *key)
{
    return base_start < key->base_start || (base_start == key->base_start && index < key->index);
}

/*
 * Selection in passes: each finds the smallest keys behind the last one sorted. Scratch flash is
 * written once this way, and the work is count^2 / capacity reads.
 */
void ad_sort_some(struct ad_segment_map *map, struct ad_sort_key *keys, uint32_t capacity)
{
    uint32_t held = 0;
    for (uint32_t index = 0; index < map->count; index++) {
        uint32_t base_start = ad_segment_at(map, index).base_start;
        const struct ad_sort_key last = {map->last_base_start, map->last_index + 1u};
        if (map->ready > 0 && is_before(base_start, index, &last)) continue;
        if (held == capacity && !is_before(base_start, index, &keys[held - 1u])) continue;
        if (held < capacity) held++;
        uint32_t place = held - 1u;
        for (; place > 0 && is_before(base_start, index, &keys[place - 1u]); place--) {
            keys[place] = keys[place - 1u];
        }
        keys[place].base_start = base_start;
        keys[place].index = index;
    }
    for (uint32_t i = 0; i < held; i++) store_index(map, keys[i].index);
    if (held > 0) {
        map->last_base_start = keys[held - 1u].base_start;
        map->last_index = keys[held - 1u].index;
    }
}

/* The base start alone, of the segment with that rank. */
static uint32_t base_start_by_rank(struct ad_segment_map *map, uint32_t rank)
{
    uint32_t index = ad_index_by_base(map, rank);
    if (map->segments) return map->segments[index].base_start;
    uint32_t base_start;
    read_scratch(map, record_offset(index) + (uint32_t)offsetof(struct ad_segment, base_start),
                 &base_start, sizeof base_start);
    return base_start;
}

/* How many segments start at or before the base offset. */
static uint32_t rank_of(struct ad_segment_map *map, uint32_t offset)
{
    uint32_t low = 0;
    uint32_t high = map->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2u;
        if (base_start_by_rank(map, middle) <= offset) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

enum ad_mapping ad_map_offset(struct ad_segment_map *map, uint32_t offset, uint32_t hint,
                              uint32_t *moved)
{
    uint32_t rank = rank_of(map, offset);
    uint32_t best = UINT32_MAX;
    uint32_t gap_before = UINT32_MAX;
    uint32_t place_before = offset;
    for (uint32_t back = 1; back <= OVERLAP_REACH && back <= rank; back++) {
        struct ad_segment segment = segment_by_base(map, rank - back);
        uint32_t within = offset - segment.base_start;
        uint32_t place = segment.new_start + within;
        if (within < segment.length) {
            if (best == UINT32_MAX || distance(place, hint) < distance(best, hint)) best = place;
        } else if (within - segment.length < gap_before) {
            gap_before = within - segment.length;
            place_before = place;
        }
    }
    *moved = best;
    if (best != UINT32_MAX) return AD_MAPPED_EXACTLY;
    *moved = place_before;
    if (rank < map->count) {
        struct ad_segment after = segment_by_base(map, rank);
        uint32_t gap_after = after.base_start - offset;
        if (gap_after < gap_before || gap_before == UINT32_MAX) {
            *moved = after.new_start - gap_after;
        }
    }
    return AD_MAPPED_NEARBY;
}
