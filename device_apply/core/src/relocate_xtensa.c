/*
 * Xtensa, little-endian, with code density (Xtensa ISA reference manual, chapters 6 and 7): CALLn,
 * L32R, J and the branches. Instructions are 3 bytes, or 2 when the low nibble is 8 or more.
 */
#include "relocation_archs.h"

enum { FORM_L32R, FORM_CALL, FORM_JUMP, FORM_BRANCH12, FORM_BRANCH8, FORM_NARROW };

static struct ad_instruction find(const uint8_t *code, uint32_t address)
{
    uint32_t opcode = code[0] & 15u;
    if (opcode >= 8u) {
        struct ad_instruction field = ad_plain(2);
        if (opcode == 12u && (code[0] & 0x80u)) { /* BEQZ.N, BNEZ.N */
            field.kind = AD_FIELD_COMPARE_BRANCH;
            field.detail = FORM_NARROW;
            field.target = address + 4u + ((uint32_t)(code[0] & 0x30u) | code[1] >> 4);
        }
        return field;
    }
    uint32_t word = ad_get16(code) | (uint32_t)code[2] << 16;
    struct ad_instruction field = ad_plain(3);
    if (opcode == 1u) {
        field.kind = AD_FIELD_LITERAL;
        field.detail = FORM_L32R;
        field.target = ((address + 3u) & ~3u) + (word >> 8 << 2) - 0x40000u;
    } else if (opcode == 5u) {
        field.kind = AD_FIELD_CALL;
        field.detail = FORM_CALL;
        field.target = (address & ~3u) + (ad_sign_extend(word >> 6, 18) << 2) + 4u;
    } else if (opcode == 6u && !(word & 0x30u)) {
        field.kind = AD_FIELD_NEAR_JUMP;
        field.detail = FORM_JUMP;
        field.target = address + 4u + ad_sign_extend(word >> 6, 18);
    } else if (opcode == 6u && (word & 0x30u) == 0x10u) {
        field.kind = AD_FIELD_COMPARE_BRANCH;
        field.detail = FORM_BRANCH12;
        field.target = address + 4u + ad_sign_extend(word >> 12, 12);
    } else if (opcode == 7u || (opcode == 6u && ((word & 0x30u) == 0x20u || (word & 0xC0u)))) {
        field.kind = AD_FIELD_NEAR_BRANCH;
        field.detail = FORM_BRANCH8;
        field.target = address + 4u + ad_sign_extend(word >> 16, 8);
    }
    return field;
}

void ad_xtensa_find(struct ad_instruction *found, const uint8_t *code, uint32_t address)
{
    *found = find(code, address);
}

void ad_xtensa_write(const struct ad_instruction *field, uint8_t *bytes, uint32_t address,
                     uint32_t target)
{
    uint32_t offset = target - (address + 4u);
    if (field->detail == FORM_NARROW) {
        bytes[0] = (uint8_t)((bytes[0] & ~0x30u) | (offset & 0x30u));
        bytes[1] = (uint8_t)((bytes[1] & 15u) | (offset & 15u) << 4);
        return;
    }
    uint32_t word = ad_get16(bytes) | (uint32_t)bytes[2] << 16;
    switch (field->detail) {
    case FORM_L32R:
        word = (word & 0xFFu) | ad_bits(target - ((address + 3u) & ~3u), 2, 16) << 8;
        break;
    case FORM_CALL:
        word = (word & 0x3Fu) | ad_bits(target - (address & ~3u) - 4u, 2, 18) << 6;
        break;
    case FORM_JUMP:
        word = (word & 0x3Fu) | ad_bits(offset, 0, 18) << 6;
        break;
    case FORM_BRANCH12:
        word = (word & 0xFFFu) | ad_bits(offset, 0, 12) << 12;
        break;
    default: /* FORM_BRANCH8 */
        word = (word & 0xFFFFu) | ad_bits(offset, 0, 8) << 16;
        break;
    }
    ad_put16(bytes, word);
    bytes[2] = (uint8_t)(word >> 16);
}

int ad_xtensa_read(const struct ad_instruction *field, const uint8_t *bytes, uint32_t address,
                   uint32_t *contribution)
{
    if (field->detail > FORM_CALL) return 0; /* near: not worth learning */
    struct ad_instruction found = find(bytes, address);
    *contribution = found.target;
    return found.kind == field->kind && found.detail == field->detail;
}
