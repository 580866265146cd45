/*
 * AVR (AVR instruction set manual): CALL, JMP, RCALL, RJMP, conditional branches, and the data
 * addresses of LDS, STS and LDI pairs. Code addresses are bytes from the start of the flash; data
 * addresses have 0x800000 added, as avr-gcc does.
 */
#include "relocation_archs.h"

enum { FORM_CALL, FORM_RELATIVE12, FORM_BRANCH7, FORM_DATA16, FORM_LDI };

#define DATA_SPACE 0x800000u

static int is_ldi(uint32_t word)
{
    return (word & 0xF000u) == 0xE000u;
}

static uint32_t ldi_value(uint32_t word)
{
    return (word >> 4 & 0xF0u) | (word & 15u);
}

/* LDI rN, low and LDI rN+1, high, one after the other, with N even. */
static struct ad_instruction find_ldi(const uint8_t *code, uint32_t word)
{
    uint32_t reg = word >> 4 & 15u;
    uint32_t other = ad_get16(reg & 1u ? code - 2 : code + 2);
    if (!is_ldi(other) || (other >> 4 & 15u) != (reg ^ 1u)) return ad_plain(2);
    uint32_t low = ldi_value(reg & 1u ? other : word);
    uint32_t high = ldi_value(reg & 1u ? word : other);
    struct ad_instruction field = ad_field(2, reg & 1u ? AD_FIELD_HIGH : AD_FIELD_LOW,
                                           DATA_SPACE + (high << 8 | low));
    field.detail = FORM_LDI;
    field.is_value = 1;
    return field;
}

static struct ad_instruction find(const uint8_t *code, uint32_t address)
{
    uint32_t word = ad_get16(code);
    struct ad_instruction field = ad_plain(2);
    if ((word & 0xFE0Cu) == 0x940Cu) {
        uint32_t high = (word >> 3 & 0x3Eu) | (word & 1u);
        field = ad_field(4, word & 2u ? AD_FIELD_CALL : AD_FIELD_JUMP,
                         (high << 16 | ad_get16(code + 2)) << 1);
        field.detail = FORM_CALL;
    } else if ((word & 0xE000u) == 0xC000u) {
        field.kind = word & 0x1000u ? AD_FIELD_BRANCH : AD_FIELD_NEAR_JUMP;
        field.detail = FORM_RELATIVE12;
        field.target = address + 2u + (ad_sign_extend(word, 12) << 1);
    } else if ((word & 0xF800u) == 0xF000u) {
        field.kind = AD_FIELD_NEAR_BRANCH;
        field.detail = FORM_BRANCH7;
        field.target = address + 2u + (ad_sign_extend(word >> 3, 7) << 1);
    } else if ((word & 0xFC0Fu) == 0x9000u) {
        field = ad_field(4, AD_FIELD_ADDRESS, DATA_SPACE + ad_get16(code + 2));
        field.detail = FORM_DATA16;
        field.is_value = 1;
    } else if (is_ldi(word)) {
        return find_ldi(code, word);
    }
    return field;
}

void ad_avr_find(struct ad_instruction *found, const uint8_t *code, uint32_t address)
{
    *found = find(code, address);
}

void ad_avr_write(const struct ad_instruction *field, uint8_t *bytes, uint32_t address,
                  uint32_t target)
{
    uint32_t word = ad_get16(bytes);
    uint32_t offset = target - (address + 2u);
    uint32_t part = field->kind == AD_FIELD_HIGH ? target >> 8 : target;
    switch (field->detail) {
    case FORM_CALL:
        word = (word & ~0x1F1u) | ad_bits(target, 17, 1) | ad_bits(target, 18, 5) << 4;
        ad_put16(bytes + 2, target >> 1);
        break;
    case FORM_RELATIVE12:
        word = (word & 0xF000u) | ad_bits(offset, 1, 12);
        break;
    case FORM_BRANCH7:
        word = (word & ~0x3F8u) | ad_bits(offset, 1, 7) << 3;
        break;
    case FORM_DATA16:
        ad_put16(bytes + 2, target - DATA_SPACE);
        break;
    default: /* FORM_LDI */
        word = (word & 0xF0F0u) | ad_bits(part, 4, 4) << 8 | ad_bits(part, 0, 4);
        break;
    }
    ad_put16(bytes, word);
}

int ad_avr_read(const struct ad_instruction *field, const uint8_t *bytes, uint32_t address,
                uint32_t *contribution)
{
    uint32_t word = ad_get16(bytes);
    if (field->detail == FORM_LDI) {
        *contribution = field->kind == AD_FIELD_HIGH ? ldi_value(word) << 8
                                                     : DATA_SPACE + ldi_value(word);
        return is_ldi(word);
    }
    if (field->detail == FORM_BRANCH7 || is_ldi(word)) return 0; /* near: not worth learning */
    struct ad_instruction found = find(bytes, address);
    *contribution = found.target;
    return found.kind == field->kind && found.detail == field->detail;
}
