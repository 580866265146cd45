/* Images made comparable: references by target instead of by distance, see encoder.h. */
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "parameters.h"
#include "state.h"

#define RAM_PAGE_MASK 0xFFFFF000u /* variables move by less than this more often than not */

struct view {
    const struct ad_parameters *parameters; /* `base` is the image at hand */
    int is_blank;
    struct ad_state *map; /* NULL: targets as they are */
};

static uint32_t comparable_target(const struct view *view, uint32_t target, uint32_t offset)
{
    const struct ad_parameters *parameters = view->parameters;
    uint32_t found = ad_offset_of(parameters, target);
    if (found == AD_NOWHERE) return view->is_blank ? 0 : target & RAM_PAGE_MASK;
    if (view->is_blank) return 0;
    uint32_t moved = found;
    if (view->map) ad_map_offset(view->map, found, offset, &moved);
    return ad_address_of(parameters, parameters->new_, moved);
}

static int is_address(const struct view *view, uint32_t word)
{
    return word - view->parameters->ram_start < view->parameters->ram_length ||
           ad_offset_of(view->parameters, word) != AD_NOWHERE;
}

/* The far field at `offset`, or the length to the next place to look. */
static struct ad_instruction field_at(const struct view *view, const uint8_t *code, uint32_t offset)
{
    struct ad_instruction field = {1, AD_FIELD_NONE, 0, 0, 0, 0};
    enum ad_architecture architecture = (enum ad_architecture)view->parameters->architecture;
    if (offset % 4u == 0 && view->parameters->has_pointers && is_address(view, ad_get32(code))) {
        return (struct ad_instruction){4, AD_FIELD_POINTER, 0, 0, 0, ad_get32(code)};
    }
    if (architecture == AD_ARCH_NONE || offset % ad_code_alignment(architecture) != 0) return field;
    uint32_t address = ad_address_of(view->parameters, view->parameters->base, offset);
    field = ad_find_instruction(architecture, code, address);
    if (!ad_is_far(field.kind) || (field.is_value && !is_address(view, field.target))) {
        field.kind = AD_FIELD_NONE;
    }
    return field;
}

static void normalise_view(const struct view *view, const uint8_t *padded, uint32_t image_bytes,
                           uint8_t *result)
{
    for (uint32_t offset = 0; offset < image_bytes;) {
        struct ad_instruction field = field_at(view, padded + offset, offset);
        if (field.kind != AD_FIELD_NONE && field.length <= image_bytes - offset) {
            ad_write_target((enum ad_architecture)view->parameters->architecture, &field,
                            result + offset, 0, comparable_target(view, field.target, offset));
        }
        offset += field.length;
    }
}

/* A state that holds nothing but the sorted map of the segments; NULL if memory runs out. */
static struct ad_state *make_map(const struct ad_segment *segments, uint32_t count)
{
    struct ad_state *state = calloc(ad_fixed_bytes(AD_MODE_STANDARD) + airdelta_scratch_bytes(count), 1);
    if (!state) return NULL;
    state->parameters.mode = AD_MODE_STANDARD;
    state->map_is_in_memory = 1;
    state->map.count = count;
    ad_bind(state);
    for (uint32_t i = 0; i < count; i++) ad_append_segment(state, &segments[i]);
    state->map.ready = 0;
    while (state->map.ready < count) ad_sort_some(state);
    return state;
}

int32_t ad_normalise(const uint8_t *image, uint32_t image_bytes, const uint8_t *header,
                     size_t header_bytes, int is_base, int is_blank,
                     const struct ad_segment *segments, uint32_t segment_count, uint8_t *result)
{
    struct ad_parameters parameters = {0};
    size_t margin = AD_LOOK_BEHIND + AD_LOOK_AHEAD;
    ad_parse_header(&parameters, header, header_bytes, image_bytes, image_bytes);
    uint8_t *padded = calloc(image_bytes + margin, 1);
    struct ad_state *map = segments ? make_map(segments, segment_count) : NULL;
    int failed = !padded || (segments && !map);
    if (!failed) {
        struct view view = {&parameters, is_blank, map};
        if (!is_base) memcpy(parameters.base, parameters.new_, sizeof parameters.base);
        memcpy(padded + AD_LOOK_BEHIND, image, image_bytes);
        memcpy(result, image, image_bytes);
        normalise_view(&view, padded + AD_LOOK_BEHIND, image_bytes, result);
    }
    free(map);
    free(padded);
    return failed ? -1 : (int32_t)image_bytes;
}
