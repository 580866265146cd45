/*
 * Thumb and Thumb-2 (ARM DDI 0403, A5 to A7): branches, literal loads, ADR, MOVW + MOVT.
 *
 * An instruction is looked at as a word, its first halfword on top; of a narrow one only that half
 * matters. What tells the forms apart, and where each keeps the bits of its value, is in tables.
 */
#include "relocation_archs.h"

/* MOVW and MOVT of one address are at most so many halfwords apart. */
#define PAIR_REACH 10
#define FIRST_WIDE 0xE800u

/* Bits of a value, beginning with the lowest, go to `at` in the word, `count` of them at a time. */
struct place {
    uint8_t at;
    uint8_t count; /* with LAST_PLACE */
};

#define LAST_PLACE 0x80u

enum { PLACES_NARROW_8 = 0, PLACES_NARROW_11 = 1, PLACES_COMPARE = 2, PLACES_BRANCH = 4,
       PLACES_CONDITION = 9, PLACES_MOVE = 14, PLACES_12 = 18, PLACES_8 = 19 };

static const struct place places[] = {
    {16, 8 | LAST_PLACE},
    {16, 11 | LAST_PLACE},
    {19, 5}, {25, 1 | LAST_PLACE},
    {0, 11}, {16, 10}, {11, 1}, {13, 1}, {26, 1 | LAST_PLACE},
    {0, 11}, {16, 6}, {13, 1}, {11, 1}, {26, 1 | LAST_PLACE},
    {0, 8}, {12, 3}, {26, 1}, {16, 4 | LAST_PLACE},
    {0, 12 | LAST_PLACE},
    {0, 8 | LAST_PLACE},
};

/* How a form spells its target, with the number of zero bits below the value's lowest. */
enum { LOW_BITS = 3,
       IS_SIGNED = 1 << 2,    /* the highest bit is the sign */
       HAS_INVERTED = 1 << 3, /* the two bits below the sign are inverted if that is 0 */
       IS_ALIGNED = 1 << 4,   /* counts from the address rounded down to a multiple of 4 */
       HAS_DIRECTION = 1 << 5, /* bit 23 set: forwards, clear: backwards */
       IS_MOVE = 1 << 6,      /* half an address by value; MOVW comes right before MOVT */
       IS_LAST = 1 << 7 };    /* the last form that begins with these bits */

struct form {
    uint16_t mask;  /* an instruction has the form if its first halfword & mask is `value` */
    uint16_t value;
    uint8_t second; /* the same for the upper four bits of its second one: mask, value */
    uint8_t kind;   /* enum ad_field_kind */
    uint8_t places;
    uint8_t spelling;
};

enum { FORM_MOVW = 10, FORM_MOVT = 11 };

static const struct form forms[] = {
    {0, 0, 0, AD_FIELD_NONE, 0, IS_LAST}, /* nothing begins like that */
    {0xF800, 0x4800, 0, AD_FIELD_LITERAL, PLACES_NARROW_8, 2 | IS_ALIGNED | IS_LAST},
    {0xF800, 0xA000, 0, AD_FIELD_ADDRESS, PLACES_NARROW_8, 2 | IS_ALIGNED | IS_LAST},
    {0xFE00, 0xDE00, 0, AD_FIELD_NONE, 0, 0}, /* conditions 14 and 15: UDF, SVC */
    {0xF000, 0xD000, 0, AD_FIELD_NEAR_BRANCH, PLACES_NARROW_8, 1 | IS_SIGNED | IS_LAST},
    {0xF800, 0xE000, 0, AD_FIELD_NEAR_JUMP, PLACES_NARROW_11, 1 | IS_SIGNED | IS_LAST},
    {0xF500, 0xB100, 0, AD_FIELD_COMPARE_BRANCH, PLACES_COMPARE, 1 | IS_LAST},
    {0xF800, 0xF000, 0xDD, AD_FIELD_CALL, PLACES_BRANCH, 1 | IS_SIGNED | HAS_INVERTED},
    {0xF800, 0xF000, 0xD9, AD_FIELD_JUMP, PLACES_BRANCH, 1 | IS_SIGNED | HAS_INVERTED},
    {0x0380, 0x0380, 0x88, AD_FIELD_NONE, 0, 0}, /* conditions 14 and 15: others */
    {0xFBF0, 0xF240, 0x80, AD_FIELD_LOW, PLACES_MOVE, IS_MOVE},
    {0xFBF0, 0xF2C0, 0x80, AD_FIELD_HIGH, PLACES_MOVE, IS_MOVE},
    {0xF800, 0xF000, 0xD8, AD_FIELD_BRANCH, PLACES_CONDITION, 1 | IS_SIGNED | IS_LAST},
    {0xFF3F, 0xED1F, 0, AD_FIELD_LITERAL, PLACES_8, 2 | IS_ALIGNED | HAS_DIRECTION | IS_LAST},
    {0xFF7F, 0xF85F, 0, AD_FIELD_LITERAL, PLACES_12, 0 | IS_ALIGNED | HAS_DIRECTION | IS_LAST},
};

/* The first form that may fit, by the upper five bits of an instruction. */
static const uint8_t first_form[32] = {
    [0x48 >> 3] = 1, [0xA0 >> 3] = 2, [0xD0 >> 3] = 3, [0xD8 >> 3] = 3, [0xE0 >> 3] = 5,
    [0xB0 >> 3] = 6, [0xB8 >> 3] = 6, [0xF0 >> 3] = 7, [0xE8 >> 3] = 13, [0xF8 >> 3] = 14,
};

static uint32_t get_word(const uint8_t *code)
{
    return ad_get16(code) << 16 | ad_get16(code + 2);
}

static int has_form(const struct form *form, uint32_t word)
{
    return (word >> 16 & form->mask) == form->value &&
           (word >> 12 & form->second >> 4) == (form->second & 15u);
}

/* Put `value` in the form's places of the word; returns the one that was there. */
static uint32_t exchange(const struct form *form, uint32_t *word, uint32_t value)
{
    const struct place *place = &places[form->places];
    uint32_t shift = form->spelling & LOW_BITS;
    uint32_t before = 0;
    uint32_t count;
    do {
        count = place->count;
        uint32_t mask = (1u << (count & 31u)) - 1u;
        before |= (*word >> place->at & mask) << shift;
        *word = (*word & ~(mask << place->at)) | (value >> shift & mask) << place->at;
        shift += count & 31u;
        place++;
    } while (!(count & LAST_PLACE));
    return form->spelling & IS_SIGNED ? ad_sign_extend(before, shift) : before;
}

/* The two bits that a long branch inverts, for a displacement. */
static uint32_t invert(const struct form *form, uint32_t displacement)
{
    int is_inverted = form->spelling & HAS_INVERTED && !(displacement >> 24 & 1u);
    return is_inverted ? displacement ^ 3u << 22 : displacement;
}

static uint32_t origin_of(const struct form *form, uint32_t address)
{
    return form->spelling & IS_ALIGNED ? (address + 4u) & ~3u : address + 4u;
}

/* The target, or the half of one, that a word of this form spells. */
static uint32_t read_word(const struct form *form, uint32_t word, uint32_t address)
{
    uint32_t value = exchange(form, &(uint32_t){word}, 0);
    if (form->spelling & IS_MOVE) return form == &forms[FORM_MOVT] ? value << 16 : value;
    if (form->spelling & HAS_DIRECTION && !(word >> 23 & 1u)) value = 0u - value;
    return origin_of(form, address) + invert(form, value);
}

/* Complete the target with the other half of a pair, for the same register. */
static void join_pair(struct ad_instruction *found, const uint8_t *code, uint32_t word)
{
    const struct form *other = &forms[found->detail ^ 1u];
    int step = found->detail == FORM_MOVW ? 2 : -2;
    found->is_value = 1;
    for (int at = 2 * step; at != (PAIR_REACH + 1) * step; at += step) {
        uint32_t there = get_word(code + at);
        if (has_form(other, there) && ((there ^ word) & 0xF00u) == 0) {
            found->target |= read_word(other, there, 0);
            return;
        }
    }
    found->kind = AD_FIELD_NONE;
}

void ad_thumb_find(struct ad_instruction *found, const uint8_t *code, uint32_t address)
{
    uint32_t word = get_word(code);
    found->length = word >> 16 >= FIRST_WIDE ? 4 : 2;
    const struct form *form = &forms[first_form[word >> 27]];
    while (!has_form(form, word)) {
        if (form->spelling & IS_LAST) return;
        form++;
    }
    if (form->kind == AD_FIELD_NONE) return;
    found->kind = form->kind;
    found->detail = (uint8_t)(form - forms);
    found->target = read_word(form, word, address);
    if (form->spelling & IS_MOVE) join_pair(found, code, word);
}

void ad_thumb_write(const struct ad_instruction *field, uint8_t *bytes, uint32_t address,
                    uint32_t target)
{
    const struct form *form = &forms[field->detail];
    uint32_t word = get_word(bytes);
    uint32_t value = target - origin_of(form, address);
    if (form->spelling & IS_MOVE) {
        value = field->detail == FORM_MOVT ? target >> 16 : target;
    } else if (form->spelling & HAS_DIRECTION) {
        word |= 1u << 23;
        if (value >> 31) {
            word ^= 1u << 23;
            value = 0u - value;
        }
    }
    exchange(form, &word, invert(form, value));
    ad_put16(bytes, word >> 16);
    ad_put16(bytes + 2, word);
}

int ad_thumb_read(const struct ad_instruction *field, const uint8_t *bytes, uint32_t address,
                  uint32_t *contribution)
{
    const struct form *form = &forms[field->detail];
    uint32_t word = get_word(bytes);
    if (field->detail < 7 || form->spelling & HAS_DIRECTION) return 0; /* near: not worth learning */
    *contribution = read_word(form, word, address);
    return has_form(form, word);
}
