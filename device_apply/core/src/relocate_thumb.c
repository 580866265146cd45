/*
 * Thumb and Thumb-2 (ARM DDI 0403, A5 to A7): branches, literal loads, ADR, MOVW + MOVT.
 *
 * Displacements count from the instruction's address + 4; literal loads and ADR from that rounded
 * down to a multiple of 4.
 */
#include "relocation_archs.h"

/* Forms, for ad_instruction.detail. */
enum { FORM_BL, FORM_BCC_WIDE, FORM_LDR_WIDE, FORM_VLDR, FORM_MOVW, FORM_MOVT,
       FORM_LDR, FORM_BCC, FORM_B, FORM_CBZ };

/* The first digits of 16-bit instructions that may be fields: 4, A, B, D and E. */
#define FIELD_GROUPS (1u << 0x4 | 1u << 0xA | 1u << 0xB | 1u << 0xD | 1u << 0xE)

/* MOVW and MOVT of one address are at most this many bytes apart. */
#define PAIR_REACH 20

static int is_wide(uint32_t first)
{
    return first >= 0xE800u;
}

static uint32_t literal_base(uint32_t address)
{
    return (address + 4u) & ~3u;
}

static int is_move16(uint32_t first, uint32_t second, uint32_t opcode)
{
    return (first & 0xFBF0u) == opcode && !(second & 0x8000u);
}

static uint32_t move16_value(uint32_t first, uint32_t second)
{
    return ad_bits(first, 0, 4) << 12 | ad_bits(first, 10, 1) << 11 | ad_bits(second, 12, 3) << 8 |
           ad_bits(second, 0, 8);
}

/* The other half of a MOVW + MOVT pair for the same register, in the direction of `step`. */
static const uint8_t *find_move16(const uint8_t *code, uint32_t rd, uint32_t opcode, int step)
{
    for (int at = step > 0 ? 4 : -4; at >= -PAIR_REACH && at <= PAIR_REACH; at += step) {
        uint32_t first = ad_get16(code + at);
        uint32_t second = ad_get16(code + at + 2);
        if (is_move16(first, second, opcode) && ad_bits(second, 8, 4) == rd) return code + at;
    }
    return 0;
}

static struct ad_instruction find_move(const uint8_t *code, uint32_t first, uint32_t second)
{
    int is_low = is_move16(first, second, 0xF240u);
    uint32_t rd = ad_bits(second, 8, 4);
    const uint8_t *other = is_low ? find_move16(code, rd, 0xF2C0u, 2)
                                  : find_move16(code, rd, 0xF240u, -2);
    if (!other) return ad_plain(4);
    uint32_t here = move16_value(first, second);
    uint32_t there = move16_value(ad_get16(other), ad_get16(other + 2));
    struct ad_instruction field =
        is_low ? ad_field(4, AD_FIELD_LOW, there << 16 | here)
               : ad_field(4, AD_FIELD_HIGH, here << 16 | there);
    field.detail = is_low ? FORM_MOVW : FORM_MOVT;
    field.is_value = 1;
    return field;
}

static uint32_t wide_branch_offset(uint32_t first, uint32_t second)
{
    uint32_t sign = ad_bits(first, 10, 1);
    uint32_t i1 = ad_bits(second, 13, 1) ^ sign ^ 1u;
    uint32_t i2 = ad_bits(second, 11, 1) ^ sign ^ 1u;
    return ad_sign_extend(sign << 24 | i1 << 23 | i2 << 22 | ad_bits(first, 0, 10) << 12 |
                              ad_bits(second, 0, 11) << 1, 25);
}

static uint32_t wide_condition_offset(uint32_t first, uint32_t second)
{
    return ad_sign_extend(ad_bits(first, 10, 1) << 20 | ad_bits(second, 11, 1) << 19 |
                              ad_bits(second, 13, 1) << 18 | ad_bits(first, 0, 6) << 12 |
                              ad_bits(second, 0, 11) << 1, 21);
}

static struct ad_instruction find_wide(const uint8_t *code, uint32_t first, uint32_t address)
{
    uint32_t second = ad_get16(code + 2);
    struct ad_instruction field = ad_plain(4);
    if ((first & 0xF800u) == 0xF000u && (second & 0x8000u)) {
        if (second & 0x1000u) {
            field.kind = second & 0x4000u ? AD_FIELD_CALL : AD_FIELD_JUMP;
            field.detail = FORM_BL;
            field.target = address + 4u + wide_branch_offset(first, second);
        } else if (!(second & 0x4000u) && ad_bits(first, 6, 4) < 14u) {
            field.kind = AD_FIELD_BRANCH;
            field.detail = FORM_BCC_WIDE;
            field.target = address + 4u + wide_condition_offset(first, second);
        }
    } else if ((first & 0xFF7Fu) == 0xF85Fu || (first & 0xFF3Fu) == 0xED1Fu) {
        field.kind = AD_FIELD_LITERAL;
        field.detail = (first & 0xFF7Fu) == 0xF85Fu ? FORM_LDR_WIDE : FORM_VLDR;
        uint32_t offset = field.detail == FORM_VLDR ? (second & 0xFFu) * 4u : second & 0xFFFu;
        field.target = literal_base(address) + (first & 0x80u ? offset : 0u - offset);
    } else if (is_move16(first, second, 0xF240u) || is_move16(first, second, 0xF2C0u)) {
        return find_move(code, first, second);
    }
    return field;
}

struct ad_instruction ad_thumb_find(const uint8_t *code, uint32_t address)
{
    uint32_t first = ad_get16(code);
    if (is_wide(first)) return find_wide(code, first, address);
    struct ad_instruction field = ad_plain(2);
    if (!(FIELD_GROUPS >> (first >> 12) & 1u)) return field;
    if ((first & 0xF800u) == 0x4800u || (first & 0xF800u) == 0xA000u) {
        field.kind = (first & 0xF800u) == 0x4800u ? AD_FIELD_LITERAL : AD_FIELD_ADDRESS;
        field.detail = FORM_LDR;
        field.target = literal_base(address) + (first & 0xFFu) * 4u;
    } else if ((first & 0xF000u) == 0xD000u && (first & 0x0F00u) < 0x0E00u) {
        field.kind = AD_FIELD_NEAR_BRANCH;
        field.detail = FORM_BCC;
        field.target = address + 4u + ad_sign_extend((first & 0xFFu) << 1, 9);
    } else if ((first & 0xF800u) == 0xE000u) {
        field.kind = AD_FIELD_NEAR_JUMP;
        field.detail = FORM_B;
        field.target = address + 4u + ad_sign_extend((first & 0x7FFu) << 1, 12);
    } else if ((first & 0xF500u) == 0xB100u) {
        field.kind = AD_FIELD_COMPARE_BRANCH;
        field.detail = FORM_CBZ;
        field.target = address + 4u + (ad_bits(first, 3, 5) << 1 | ad_bits(first, 9, 1) << 6);
    }
    return field;
}

static void write_wide_branch(uint8_t *bytes, uint32_t offset)
{
    uint32_t sign = offset >> 31;
    uint32_t j1 = ad_bits(offset, 23, 1) ^ sign ^ 1u;
    uint32_t j2 = ad_bits(offset, 22, 1) ^ sign ^ 1u;
    ad_put16(bytes, 0xF000u | sign << 10 | ad_bits(offset, 12, 10));
    ad_put16(bytes + 2, (ad_get16(bytes + 2) & 0xD000u) | j1 << 13 | j2 << 11 |
                            ad_bits(offset, 1, 11));
}

static void write_wide_condition(uint8_t *bytes, uint32_t offset)
{
    ad_put16(bytes, (ad_get16(bytes) & ~0x43Fu) | (offset >> 31) << 10 | ad_bits(offset, 12, 6));
    ad_put16(bytes + 2, (ad_get16(bytes + 2) & ~0x2FFFu) | ad_bits(offset, 18, 1) << 13 |
                            ad_bits(offset, 19, 1) << 11 | ad_bits(offset, 1, 11));
}

static void write_wide_literal(uint8_t *bytes, uint32_t offset, uint32_t scale_bits, uint32_t mask)
{
    uint32_t is_up = (offset >> 31) ^ 1u;
    uint32_t distance = is_up ? offset : 0u - offset;
    ad_put16(bytes, (ad_get16(bytes) & ~0x80u) | is_up << 7);
    ad_put16(bytes + 2, (ad_get16(bytes + 2) & ~mask) | (distance >> scale_bits & mask));
}

static void write_move16(uint8_t *bytes, uint32_t value)
{
    ad_put16(bytes, (ad_get16(bytes) & ~0x40Fu) | ad_bits(value, 12, 4) |
                        ad_bits(value, 11, 1) << 10);
    ad_put16(bytes + 2, (ad_get16(bytes + 2) & ~0x70FFu) | ad_bits(value, 8, 3) << 12 |
                            ad_bits(value, 0, 8));
}

void ad_thumb_write(const struct ad_instruction *field, uint8_t *bytes, uint32_t address,
                    uint32_t target)
{
    uint32_t offset = target - (address + 4u);
    uint32_t first = ad_get16(bytes);
    switch (field->detail) {
    case FORM_BL:
        write_wide_branch(bytes, offset);
        break;
    case FORM_BCC_WIDE:
        write_wide_condition(bytes, offset);
        break;
    case FORM_LDR_WIDE:
        write_wide_literal(bytes, target - literal_base(address), 0, 0xFFFu);
        break;
    case FORM_VLDR:
        write_wide_literal(bytes, target - literal_base(address), 2, 0xFFu);
        break;
    case FORM_MOVW:
        write_move16(bytes, target & 0xFFFFu);
        break;
    case FORM_MOVT:
        write_move16(bytes, target >> 16);
        break;
    case FORM_LDR:
        ad_put16(bytes, (first & 0xFF00u) | ad_bits(target - literal_base(address), 2, 8));
        break;
    case FORM_BCC:
        ad_put16(bytes, (first & 0xFF00u) | ad_bits(offset, 1, 8));
        break;
    case FORM_B:
        ad_put16(bytes, (first & 0xF800u) | ad_bits(offset, 1, 11));
        break;
    default: /* FORM_CBZ */
        ad_put16(bytes, (first & ~0x2F8u) | ad_bits(offset, 1, 5) << 3 |
                            ad_bits(offset, 6, 1) << 9);
        break;
    }
}

int ad_thumb_read(const struct ad_instruction *field, const uint8_t *bytes, uint32_t address,
                  uint32_t *contribution)
{
    uint32_t first = ad_get16(bytes);
    if (field->detail == FORM_MOVW || field->detail == FORM_MOVT) {
        uint32_t second = ad_get16(bytes + 2);
        uint32_t is_low = field->detail == FORM_MOVW;
        if (!is_move16(first, second, is_low ? 0xF240u : 0xF2C0u)) return 0;
        *contribution = move16_value(first, second) << (is_low ? 0 : 16);
        return 1;
    }
    if (field->detail > FORM_BCC_WIDE) return 0; /* near: not worth learning */
    if ((first & 0xF800u) != 0xF000u || !(ad_get16(bytes + 2) & 0x8000u)) return 0;
    struct ad_instruction found = find_wide(bytes, first, address);
    *contribution = found.target;
    return found.kind == field->kind;
}
