/* The rows of airdelta_tables.h, from the state of a decoder. */
#include "airdelta_tables.h"

#include "state.h"

#ifndef AIRDELTA_ENCODER
uint32_t airdelta_table_rows(const void *memory, enum airdelta_table table)
{
    const struct ad_state *state = memory;
    if (state->parameters.mode < AD_MODE_TINY) return 0;
    switch (table) {
    case AIRDELTA_TABLE_MODEL: return 1;
    case AIRDELTA_TABLE_SECTIONS: return state->parameters.sections;
    case AIRDELTA_TABLE_SHIFTS: return state->steps_count;
    case AIRDELTA_TABLE_SEGMENTS:
    case AIRDELTA_TABLE_BY_BASE: return state->map.count;
    }
    return 0;
}

static void put_range(uint32_t row[], const struct ad_range *range)
{
    row[0] = range->offset;
    row[1] = range->address;
    row[2] = range->length;
}

static void put_segment(uint32_t row[], const struct ad_segment *segment)
{
    row[0] = segment->new_start;
    row[1] = segment->base_start;
    row[2] = segment->length;
}

void airdelta_table_row(void *memory, enum airdelta_table table, uint32_t index,
                        uint32_t row[AIRDELTA_MOST_COLUMNS])
{
    struct ad_state *state = memory;
    const struct ad_parameters *parameters = &state->parameters;
    struct ad_segment segment;
    ad_bind(state);
    switch (table) {
    case AIRDELTA_TABLE_MODEL:
        row[0] = parameters->architecture;
        row[1] = parameters->has_pointers;
        row[2] = parameters->ram_start;
        row[3] = parameters->ram_length;
        break;
    case AIRDELTA_TABLE_SECTIONS:
        put_range(row, &parameters->base[index]);
        put_range(row + 3, &parameters->new_[index]);
        break;
    case AIRDELTA_TABLE_SHIFTS:
        row[0] = state->steps[index].base_target;
        row[1] = state->steps[index].shift;
        break;
    case AIRDELTA_TABLE_SEGMENTS:
        segment = ad_segment_at(state, index);
        put_segment(row, &segment);
        break;
    case AIRDELTA_TABLE_BY_BASE:
        row[0] = ad_index_by_base(state, index);
        break;
    }
}
#endif
