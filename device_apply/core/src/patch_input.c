/* Reading the bytes of a patch, see patch_input.h. */
#include "patch_input.h"

uint32_t ad_next_byte(struct ad_patch_input *input)
{
    if (input->position < input->filled) return input->bytes[input->position++];
    input->tail_bytes++; /* checked after each unit, which cannot read 256 of them */
    return 0;
}

uint32_t ad_next_number(struct ad_patch_input *input)
{
    uint32_t number = 0;
    uint32_t shift = 0;
    uint32_t byte;
    do {
        byte = ad_next_byte(input);
        number |= (byte & 127u) << shift;
        shift += 7u;
    } while (byte & 128u && shift < 35u);
    return number;
}
