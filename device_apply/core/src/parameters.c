/* Parsing of the patch header, see parameters.h and docs/PATCH_FORMAT.md. */
#include "parameters.h"

#define FORMAT_VERSION 1u

/* Where microcontrollers keep their variables; number 0 is none, 15 spelled out in the header. */
static const struct { uint32_t start, length; } ram_presets[] = {
    {0, 0},
    {0x20000000u, 0x80000u},  /* Cortex-M: the SRAM region of the architecture */
    {0x3FFB0000u, 0x50000u},  /* ESP32, ESP8266: internal SRAM */
    {0x3FC80000u, 0x60000u},  /* ESP32-C3, -S3: internal SRAM */
    {0x800000u, 0x1000u},     /* AVR: data space */
};
#define RAM_PRESETS (sizeof ram_presets / sizeof ram_presets[0])
#define RAM_EXPLICIT 15u

struct reader {
    const uint8_t *bytes;
    size_t count;
    size_t position;
    int is_malformed;
};

static uint32_t take_byte(struct reader *reader)
{
    if (reader->position >= reader->count) {
        reader->is_malformed = 1;
        return 0;
    }
    return reader->bytes[reader->position++];
}

/* Seven bits a byte, low ones first; at most five bytes. */
static uint32_t take_number(struct reader *reader)
{
    uint32_t value = 0;
    for (uint32_t shift = 0; shift < 35u; shift += 7u) {
        uint32_t byte = take_byte(reader);
        if (shift == 28u && byte > 15u) break;
        value |= (byte & 127u) << shift;
        if (!(byte & 128u)) return value;
    }
    reader->is_malformed = 1;
    return 0;
}

static int is_inside(const struct ad_range *range, uint32_t image_bytes)
{
    return range->offset <= image_bytes && range->length <= image_bytes - range->offset;
}

/* A number plus a signed difference to it: 0, -1, 1, -2, 2, ... */
static uint32_t take_near(struct reader *reader, uint32_t number)
{
    uint32_t folded = take_number(reader);
    return folded & 1u ? number - (folded >> 1) - 1u : number + (folded >> 1);
}

static void take_section(struct reader *reader, struct ad_range *base, struct ad_range *new_)
{
    base->offset = take_number(reader);
    base->address = take_number(reader);
    base->length = take_number(reader);
    new_->offset = take_near(reader, base->offset);
    new_->address = take_near(reader, base->address);
    new_->length = take_near(reader, base->length);
}

static void take_whole_image(struct reader *reader, struct ad_parameters *parameters)
{
    uint32_t packed = take_number(reader);
    uint32_t address = packed >> 1 << 8;
    parameters->base[0].address = address;
    parameters->new_[0].address = packed & 1u ? take_number(reader) << 8 : address;
}

static void take_layout(struct reader *reader, struct ad_parameters *parameters,
                        uint32_t base_bytes, uint32_t new_bytes)
{
    uint32_t kinds = take_byte(reader);
    uint32_t ram = kinds & 15u;
    uint32_t sections = kinds >> 4;
    if (ram == RAM_EXPLICIT) {
        parameters->ram_start = take_number(reader);
        parameters->ram_length = take_number(reader);
    } else if (ram < RAM_PRESETS) {
        parameters->ram_start = ram_presets[ram].start;
        parameters->ram_length = ram_presets[ram].length;
    } else {
        reader->is_malformed = 1;
    }
    if (sections == 0) {
        take_whole_image(reader, parameters);
        return;
    }
    if (sections > AD_MAX_SECTIONS) {
        reader->is_malformed = 1;
        return;
    }
    parameters->sections = (uint8_t)sections;
    for (uint32_t i = 0; i < sections; i++) {
        take_section(reader, &parameters->base[i], &parameters->new_[i]);
        if (!is_inside(&parameters->base[i], base_bytes) ||
            !is_inside(&parameters->new_[i], new_bytes)) {
            reader->is_malformed = 1;
        }
    }
}

size_t ad_parse_header(struct ad_parameters *parameters, const uint8_t *bytes, size_t count,
                       uint32_t base_bytes, uint32_t new_bytes)
{
    struct reader reader = {bytes, count, 0, 0};
    uint32_t first = take_byte(&reader);
    parameters->mode = (uint8_t)(first & 15u);
    if (first >> 4 != FORMAT_VERSION || parameters->mode > AD_MODE_LARGE) return 0;
    if (parameters->mode <= AD_MODE_RUN_LENGTH) return reader.is_malformed ? 0 : 1;

    uint32_t kinds = take_byte(&reader);
    uint32_t tuning = take_byte(&reader);
    parameters->architecture = (uint8_t)(kinds & 15u);
    parameters->alignment =
        (uint8_t)ad_code_alignment((enum ad_architecture)parameters->architecture);
    parameters->block_bytes = 16u << (kinds >> 4 & 3u);
    parameters->has_pointers = (uint8_t)(kinds >> 7);
    parameters->hit_limit = (uint8_t)((8u << (tuning & 3u)) - 1u);
    parameters->literal_limit = (uint8_t)((8u << (tuning >> 2 & 3u)) - 1u);
    parameters->learning_shift = (uint8_t)(16u + (tuning >> 4 & 7u));
    parameters->ram_start = parameters->ram_length = 0;
    parameters->sections = 1;
    parameters->base[0] = (struct ad_range){0, 0, base_bytes};
    parameters->new_[0] = (struct ad_range){0, 0, new_bytes};
    if (parameters->architecture >= AD_ARCH_COUNT || (kinds & 0x30u) == 0x30u) return 0;
    parameters->learns_base = (uint8_t)(tuning >> 7);
    if (kinds & 0x40u) take_layout(&reader, parameters, base_bytes, new_bytes);
    return reader.is_malformed ? 0 : reader.position;
}

const struct ad_range *ad_range_of(const struct ad_range *ranges, uint32_t count, uint32_t offset)
{
    const struct ad_range *best = ranges;
    uint32_t best_distance = UINT32_MAX;
    for (const struct ad_range *range = ranges; range != ranges + count; range++) {
        uint32_t within = offset - range->offset;
        if (within < range->length) return range;
        /* behind the range: distance from its end; before it: only if there is no other */
        uint32_t distance = offset > range->offset ? within - range->length + 1u : UINT32_MAX - 1u;
        if (distance < best_distance) {
            best_distance = distance;
            best = range;
        }
    }
    return best;
}
