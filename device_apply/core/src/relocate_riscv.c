/*
 * RISC-V, 32 and 64 bits, with compressed instructions (The RISC-V ISA manual, volume I, chapters 2
 * and "C"). AUIPC and LUI pair with the load, store, ADDI or JALR that adds the low 12 bits; the
 * two find each other by register, within 32 bytes.
 */
#include "relocation_archs.h"

enum { FORM_JAL, FORM_BRANCH, FORM_C_JUMP, FORM_C_BRANCH, FORM_AUIPC, FORM_LUI, FORM_LOW_I,
       FORM_LOW_S };

enum { OP_LOAD = 0x03, OP_LOAD_FP = 0x07, OP_IMM = 0x13, OP_AUIPC = 0x17, OP_STORE = 0x23,
       OP_STORE_FP = 0x27, OP_LUI = 0x37, OP_BRANCH = 0x63, OP_JALR = 0x67, OP_JAL = 0x6F };

#define PAIR_REACH 32

static uint32_t rd_of(uint32_t word)
{
    return ad_bits(word, 7, 5);
}

static uint32_t rs1_of(uint32_t word)
{
    return ad_bits(word, 15, 5);
}

static int is_store(uint32_t word)
{
    return (word & 0x7Fu) == OP_STORE || (word & 0x7Fu) == OP_STORE_FP;
}

static int is_addi(uint32_t word)
{
    return (word & 0x707Fu) == OP_IMM;
}

/* Whether the instruction adds a signed 12-bit offset to rs1. */
static int has_low12(uint32_t word)
{
    uint32_t opcode = word & 0x7Fu;
    return opcode == OP_LOAD || opcode == OP_LOAD_FP || opcode == OP_JALR || is_addi(word) ||
           is_store(word);
}

static uint32_t low12_of(uint32_t word)
{
    uint32_t bits = is_store(word) ? ad_bits(word, 25, 7) << 5 | ad_bits(word, 7, 5) : word >> 20;
    return ad_sign_extend(bits, 12);
}

static int is_upper(uint32_t word)
{
    return (word & 0x7Fu) == OP_AUIPC || (word & 0x7Fu) == OP_LUI;
}

static uint32_t upper_value(uint32_t word, uint32_t address)
{
    return (word & 0xFFFFF000u) + ((word & 0x7Fu) == OP_AUIPC ? address : 0u);
}

static struct ad_instruction find_upper(const uint8_t *code, uint32_t word, uint32_t address)
{
    int at = 4;
    while (at < PAIR_REACH) {
        uint32_t user = ad_get32(code + at);
        if ((user & 3u) != 3u) {
            at += 2;
            continue;
        }
        if (has_low12(user) && rs1_of(user) == rd_of(word)) {
            struct ad_instruction field =
                ad_field(4, AD_FIELD_HIGH, upper_value(word, address) + low12_of(user));
            field.detail = (word & 0x7Fu) == OP_AUIPC ? FORM_AUIPC : FORM_LUI;
            field.is_value = field.detail == FORM_LUI;
            return field;
        }
        if (!is_store(user) && rd_of(user) == rd_of(word)) break;
        at += 4;
    }
    return ad_plain(4);
}

static struct ad_instruction find_low12(const uint8_t *code, uint32_t word, uint32_t address)
{
    uint32_t reg = rs1_of(word);
    if (reg == 0) return ad_plain(4);
    for (int at = -4; at >= -PAIR_REACH; at -= 2) {
        uint32_t before = ad_get32(code + at);
        if (is_upper(before) && rd_of(before) == reg) {
            uint32_t upper = upper_value(before, address + (uint32_t)at);
            struct ad_instruction field = ad_field(4, AD_FIELD_LOW, upper + low12_of(word));
            field.detail = is_store(word) ? FORM_LOW_S : FORM_LOW_I;
            field.anchor = (int8_t)((before & 0x7Fu) == OP_AUIPC ? at : 0);
            field.is_value = field.anchor == 0;
            return field;
        }
        if ((is_addi(before) || (before & 0x7Fu) == OP_LOAD) && rd_of(before) == reg) break;
    }
    return ad_plain(4);
}

static uint32_t jal_offset(uint32_t word)
{
    return ad_sign_extend(ad_bits(word, 31, 1) << 20 | ad_bits(word, 12, 8) << 12 |
                              ad_bits(word, 20, 1) << 11 | ad_bits(word, 21, 10) << 1, 21);
}

static uint32_t branch_offset(uint32_t word)
{
    return ad_sign_extend(ad_bits(word, 31, 1) << 12 | ad_bits(word, 7, 1) << 11 |
                              ad_bits(word, 25, 6) << 5 | ad_bits(word, 8, 4) << 1, 13);
}

static uint32_t compressed_jump_offset(uint32_t half)
{
    return ad_sign_extend(ad_bits(half, 12, 1) << 11 | ad_bits(half, 8, 1) << 10 |
                              ad_bits(half, 9, 2) << 8 | ad_bits(half, 6, 1) << 7 |
                              ad_bits(half, 7, 1) << 6 | ad_bits(half, 2, 1) << 5 |
                              ad_bits(half, 11, 1) << 4 | ad_bits(half, 3, 3) << 1, 12);
}

static uint32_t compressed_branch_offset(uint32_t half)
{
    return ad_sign_extend(ad_bits(half, 12, 1) << 8 | ad_bits(half, 5, 2) << 6 |
                              ad_bits(half, 2, 1) << 5 | ad_bits(half, 10, 2) << 3 |
                              ad_bits(half, 3, 2) << 1, 9);
}

static struct ad_instruction find_compressed(uint32_t half, uint32_t address, int is_rv32)
{
    struct ad_instruction field = ad_plain(2);
    uint32_t selector = (half & 3u) == 1u ? half >> 13 : 0u;
    if (selector == 5u || (selector == 1u && is_rv32)) {
        field.kind = AD_FIELD_NEAR_JUMP;
        field.detail = FORM_C_JUMP;
        field.target = address + compressed_jump_offset(half);
    } else if (selector >= 6u) {
        field.kind = AD_FIELD_COMPARE_BRANCH;
        field.detail = FORM_C_BRANCH;
        field.target = address + compressed_branch_offset(half);
    }
    return field;
}

static struct ad_instruction find(const uint8_t *code, uint32_t address, int is_rv32)
{
    uint32_t half = ad_get16(code);
    if ((half & 3u) != 3u) return find_compressed(half, address, is_rv32);
    uint32_t word = ad_get32(code);
    if ((word & 0x7Fu) == OP_JAL) {
        struct ad_instruction field = ad_field(
            4, rd_of(word) ? AD_FIELD_CALL : AD_FIELD_JUMP, address + jal_offset(word));
        field.detail = FORM_JAL;
        return field;
    }
    if ((word & 0x7Fu) == OP_BRANCH) {
        struct ad_instruction field =
            ad_field(4, AD_FIELD_NEAR_BRANCH, address + branch_offset(word));
        field.detail = FORM_BRANCH;
        return field;
    }
    if (is_upper(word)) return find_upper(code, word, address);
    if (has_low12(word)) return find_low12(code, word, address);
    return ad_plain(4);
}

void ad_riscv32_find(struct ad_instruction *found, const uint8_t *code, uint32_t address)
{
    *found = find(code, address, 1);
}

void ad_riscv64_find(struct ad_instruction *found, const uint8_t *code, uint32_t address)
{
    *found = find(code, address, 0);
}

static uint32_t write_compressed(uint32_t half, uint32_t offset, int is_jump)
{
    if (is_jump) {
        return (half & 0xE003u) | ad_bits(offset, 11, 1) << 12 | ad_bits(offset, 4, 1) << 11 |
               ad_bits(offset, 8, 2) << 9 | ad_bits(offset, 10, 1) << 8 |
               ad_bits(offset, 6, 1) << 7 | ad_bits(offset, 7, 1) << 6 |
               ad_bits(offset, 1, 3) << 3 | ad_bits(offset, 5, 1) << 2;
    }
    return (half & 0xE383u) | ad_bits(offset, 8, 1) << 12 | ad_bits(offset, 3, 2) << 10 |
           ad_bits(offset, 6, 2) << 5 | ad_bits(offset, 1, 2) << 3 | ad_bits(offset, 5, 1) << 2;
}

void ad_riscv32_write(const struct ad_instruction *field, uint8_t *bytes, uint32_t address,
                      uint32_t target)
{
    uint32_t offset = target - address;
    if (field->length == 2) {
        ad_put16(bytes, write_compressed(ad_get16(bytes), offset, field->detail == FORM_C_JUMP));
        return;
    }
    uint32_t word = ad_get32(bytes);
    uint32_t low = target; /* of LUI; of AUIPC it counts from there */
    if (field->anchor) low -= address - (uint32_t)(-field->anchor);
    switch (field->detail) {
    case FORM_JAL:
        word = (word & 0xFFFu) | (offset & 0xFF000u) | ad_bits(offset, 11, 1) << 20 |
               ad_bits(offset, 1, 10) << 21 | ad_bits(offset, 20, 1) << 31;
        break;
    case FORM_BRANCH:
        word = (word & 0x01FFF07Fu) | ad_bits(offset, 12, 1) << 31 | ad_bits(offset, 11, 1) << 7 |
               ad_bits(offset, 5, 6) << 25 | ad_bits(offset, 1, 4) << 8;
        break;
    case FORM_AUIPC:
        word = (word & 0xFFFu) | ((offset + 0x800u) & 0xFFFFF000u);
        break;
    case FORM_LUI:
        word = (word & 0xFFFu) | ((target + 0x800u) & 0xFFFFF000u);
        break;
    case FORM_LOW_I:
        word = (word & 0xFFFFFu) | ad_bits(low, 0, 12) << 20;
        break;
    default: /* FORM_LOW_S */
        word = (word & 0x01FFF07Fu) | ad_bits(low, 5, 7) << 25 | ad_bits(low, 0, 5) << 7;
        break;
    }
    ad_put32(bytes, word);
}

void ad_riscv64_write(const struct ad_instruction *field, uint8_t *bytes, uint32_t address,
                      uint32_t target)
{
    ad_riscv32_write(field, bytes, address, target);
}

int ad_riscv32_read(const struct ad_instruction *field, const uint8_t *bytes, uint32_t address,
                    uint32_t *contribution)
{
    if (field->length != 4) return 0; /* near: not worth learning */
    uint32_t word = ad_get32(bytes);
    switch (field->detail) {
    case FORM_JAL:
        *contribution = address + jal_offset(word);
        return (word & 0x7Fu) == OP_JAL;
    case FORM_AUIPC:
    case FORM_LUI:
        *contribution = upper_value(word, address);
        return is_upper(word);
    case FORM_LOW_I:
    case FORM_LOW_S:
        *contribution = low12_of(word);
        return has_low12(word);
    default:
        return 0;
    }
}

int ad_riscv64_read(const struct ad_instruction *field, const uint8_t *bytes, uint32_t address,
                    uint32_t *contribution)
{
    return ad_riscv32_read(field, bytes, address, contribution);
}
