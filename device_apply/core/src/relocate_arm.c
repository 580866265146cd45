/* ARM (A32, ARM DDI 0406): B, BL, BLX and literal loads; displacements from address + 8. */
#include "relocation_archs.h"

enum { FORM_BRANCH, FORM_LDR, FORM_MOVW, FORM_MOVT };

/* MOVW and MOVT of one address are at most this many bytes apart. */
#define PAIR_REACH 32

static uint32_t move16_value(uint32_t word)
{
    return ad_bits(word, 16, 4) << 12 | ad_bits(word, 0, 12);
}

static struct ad_instruction find_move(const uint8_t *code, uint32_t word)
{
    int is_low = (word & 0x0FF00000u) == 0x03000000u;
    uint32_t wanted = is_low ? 0x03400000u : 0x03000000u;
    int step = is_low ? 4 : -4;
    for (int at = step; at >= -PAIR_REACH && at <= PAIR_REACH; at += step) {
        uint32_t other = ad_get32(code + at);
        if ((other & 0x0FF0F000u) == (wanted | (word & 0xF000u))) {
            uint32_t target = is_low ? move16_value(other) << 16 | move16_value(word)
                                     : move16_value(word) << 16 | move16_value(other);
            struct ad_instruction field =
                ad_field(4, is_low ? AD_FIELD_LOW : AD_FIELD_HIGH, target);
            field.detail = is_low ? FORM_MOVW : FORM_MOVT;
            field.is_value = 1;
            return field;
        }
    }
    return ad_plain(4);
}

static struct ad_instruction find(const uint8_t *code, uint32_t address)
{
    uint32_t word = ad_get32(code);
    if ((word & 0x0E000000u) == 0x0A000000u) {
        uint32_t is_call = (word >> 24 & 1u) || word >> 28 == 15u;
        return ad_field(4, is_call ? AD_FIELD_CALL : AD_FIELD_JUMP,
                        address + 8u + (ad_sign_extend(word, 24) << 2));
    }
    if ((word & 0x0F3F0000u) == 0x051F0000u && word >> 28 != 15u) {
        uint32_t offset = word & 0xFFFu;
        struct ad_instruction field = ad_field(
            4, AD_FIELD_LITERAL, address + 8u + (word & 0x00800000u ? offset : 0u - offset));
        field.detail = FORM_LDR;
        return field;
    }
    if ((word & 0x0FB00000u) == 0x03000000u && word >> 28 != 15u) {
        return find_move(code, word);
    }
    return ad_plain(4);
}

void ad_arm_find(struct ad_instruction *found, const uint8_t *code, uint32_t address)
{
    *found = find(code, address);
}

void ad_arm_write(const struct ad_instruction *field, uint8_t *bytes, uint32_t address,
                  uint32_t target)
{
    uint32_t word = ad_get32(bytes);
    uint32_t offset = target - (address + 8u);
    if (field->detail == FORM_LDR) {
        uint32_t is_up = (offset >> 31) ^ 1u;
        uint32_t distance = is_up ? offset : 0u - offset;
        word = (word & ~0x00800FFFu) | is_up << 23 | (distance & 0xFFFu);
    } else if (field->detail == FORM_BRANCH) {
        word = (word & 0xFF000000u) | ad_bits(offset, 2, 24);
    } else {
        uint32_t value = field->detail == FORM_MOVT ? target >> 16 : target & 0xFFFFu;
        word = (word & ~0x000F0FFFu) | ad_bits(value, 12, 4) << 16 | ad_bits(value, 0, 12);
    }
    ad_put32(bytes, word);
}

int ad_arm_read(const struct ad_instruction *field, const uint8_t *bytes, uint32_t address,
                uint32_t *contribution)
{
    uint32_t word = ad_get32(bytes);
    if (field->detail == FORM_BRANCH) {
        *contribution = address + 8u + (ad_sign_extend(word, 24) << 2);
        return (word & 0x0E000000u) == 0x0A000000u;
    }
    if (field->detail == FORM_LDR) return 0;
    *contribution = move16_value(word) << (field->detail == FORM_MOVT ? 16 : 0);
    return (word & 0x0FB00000u) == 0x03000000u;
}
