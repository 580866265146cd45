/* Reading of the patch header, see parameters.h and docs/PATCH_FORMAT.md. */
#include "parameters.h"

#include <string.h>

#include "airdelta.h"
#include "integers.h"

/* Where microcontrollers keep their variables; number 0 is none, 15 spelled out in the header. */
static const struct { uint32_t start, length; } ram_presets[] = {
    {0, 0},
    {0x20000000u, 0x80000u},  /* Cortex-M: the SRAM region of the architecture */
#ifndef AIRDELTA_THUMB_ONLY
    {0x3FFB0000u, 0x50000u},  /* ESP32, ESP8266: internal SRAM */
    {0x3FC80000u, 0x60000u},  /* ESP32-C3, -S3: internal SRAM */
    {0x800000u, 0x1000u},     /* AVR: data space */
#endif
};
#define RAM_PRESETS (sizeof ram_presets / sizeof ram_presets[0])
#define RAM_EXPLICIT 15u

/* The bits above the architecture. */
enum { LEARNS_BASE = 0x10, RESERVED = 0x20, HAS_LAYOUT = 0x40, HAS_POINTERS = 0x80 };

static int is_inside(const struct ad_range *range, uint32_t image_bytes)
{
    return range->offset <= image_bytes && range->length <= image_bytes - range->offset;
}

/* A number plus a signed difference to it. */
static uint32_t take_near(struct ad_patch_input *input, uint32_t number)
{
    return number + ad_unfold(ad_next_number(input));
}

static int read_layout(struct ad_parameters *parameters, struct ad_patch_input *input,
                       uint32_t base_bytes, uint32_t new_bytes)
{
    uint32_t kinds = ad_next_byte(input);
    uint32_t ram = kinds & 15u;
    if (ram == RAM_EXPLICIT) {
        parameters->ram_start = ad_next_number(input);
        parameters->ram_length = ad_next_number(input);
    } else {
        if (ram >= RAM_PRESETS) return 0;
        parameters->ram_start = ram_presets[ram].start;
        parameters->ram_length = ram_presets[ram].length;
    }
    struct ad_range *base = parameters->base;
    struct ad_range *new_ = parameters->new_;
    uint32_t sections = kinds >> 4;
    if (sections == 0) {
        uint32_t packed = ad_next_number(input);
        base->address = new_->address = packed >> 1 << 8;
        if (packed & 1u) new_->address = ad_next_number(input) << 8;
        return 1;
    }
    if (sections > AD_MAX_SECTIONS) return 0;
    parameters->sections = sections;
    do {
        base->offset = ad_next_number(input);
        base->address = ad_next_number(input);
        base->length = ad_next_number(input);
        new_->offset = take_near(input, base->offset);
        new_->address = take_near(input, base->address);
        new_->length = take_near(input, base->length);
        if (!is_inside(base++, base_bytes) || !is_inside(new_++, new_bytes)) return 0;
    } while (--sections > 0);
    return 1;
}

int ad_read_header(struct ad_parameters *parameters, struct ad_patch_input *input,
                   uint32_t base_bytes, uint32_t new_bytes)
{
    uint32_t mode = ad_next_byte(input) - (AIRDELTA_FORMAT_VERSION << 4);
    parameters->mode = (uint8_t)mode;
    if (mode > AD_MODE_LARGE) return 0;
    if (mode <= AD_MODE_RUN_LENGTH) return 1;

    uint32_t kinds = ad_next_byte(input);
    parameters->architecture = (uint8_t)(kinds & 15u);
    parameters->learns_base = (uint8_t)(kinds & LEARNS_BASE);
    parameters->has_pointers = (uint8_t)(kinds & HAS_POINTERS);
    parameters->sections = 1;
    parameters->base[0].length = base_bytes;
    parameters->new_[0].length = new_bytes;
    if (parameters->architecture >= AD_ARCH_COUNT || kinds & RESERVED) return 0;
    return !(kinds & HAS_LAYOUT) || read_layout(parameters, input, base_bytes, new_bytes);
}

int ad_parse_header(struct ad_parameters *parameters, const uint8_t *bytes, size_t count,
                    uint32_t base_bytes, uint32_t new_bytes)
{
    struct ad_patch_input input = {.is_complete = 1};
    input.filled = (uint8_t)(count < AD_INPUT_BYTES ? count : AD_INPUT_BYTES);
    memcpy(input.bytes, bytes, input.filled);
    return ad_read_header(parameters, &input, base_bytes, new_bytes) && input.tail_bytes == 0;
}

uint32_t ad_offset_of(const struct ad_parameters *parameters, uint32_t address)
{
    const struct ad_range *range = parameters->base;
    uint32_t count = ad_sections_of(parameters);
    do {
        uint32_t within = address - range->address;
        if (within < range->length) return range->offset + within;
        range++;
    } while (--count > 0);
    return AD_NOWHERE;
}

uint32_t ad_address_of(const struct ad_parameters *parameters, const struct ad_range *ranges,
                       uint32_t offset)
{
    const struct ad_range *range = ranges;
    uint32_t count = ad_sections_of(parameters);
    do {
        uint32_t within = offset - range->offset;
        if (within < range->length) return range->address + within;
        range++;
    } while (--count > 0);
    return ranges->address + (offset - ranges->offset);
}
