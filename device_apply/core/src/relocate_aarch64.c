/*
 * AArch64 (ARM DDI 0487, C4): branches, literal loads, ADR, and ADRP with the instruction that adds
 * the low 12 bits. The two halves of a pair find each other by register, within 16 instructions.
 */
#include "relocation_archs.h"

enum { FORM_BRANCH26, FORM_BRANCH19, FORM_BRANCH14, FORM_ADR, FORM_ADRP, FORM_LOW12 };

#define PAIR_REACH 64
#define PAGE_BYTES 4096u

/* ADD Xd, Xn, #imm12 */
static int is_add(uint32_t word)
{
    return (word & 0xFFC00000u) == 0x91000000u;
}

/* Loads and stores with an unsigned scaled offset of 12 bits. */
static int is_load_store(uint32_t word)
{
    return (word & 0x3B000000u) == 0x39000000u;
}

static uint32_t rd_of(uint32_t word)
{
    return ad_bits(word, 0, 5);
}

static uint32_t rn_of(uint32_t word)
{
    return ad_bits(word, 5, 5);
}

static uint32_t low12_shift(uint32_t word)
{
    if (is_add(word)) return 0;
    int is_quad = (word & 0x04000000u) && (word & 0x00800000u);
    return is_quad ? 4u : word >> 30;
}

static uint32_t low12_value(uint32_t word)
{
    return ad_bits(word, 10, 12) << low12_shift(word);
}

/* Whether the instruction has the low part of an address: one beyond its page is none of ours. */
static int has_low12(uint32_t word)
{
    return (is_add(word) || is_load_store(word)) && low12_value(word) < PAGE_BYTES;
}

static uint32_t adr_offset(uint32_t word)
{
    return ad_sign_extend(ad_bits(word, 5, 19) << 2 | ad_bits(word, 29, 2), 21);
}

/* ADRP within 2 GiB either way: addresses here have 32 bits. */
static int is_adrp(uint32_t word)
{
    return (word & 0x9F000000u) == 0x90000000u &&
           ad_sign_extend(adr_offset(word), 20) == adr_offset(word);
}

static uint32_t page_of(uint32_t address, uint32_t adrp)
{
    return (address & ~0xFFFu) + (adr_offset(adrp) << 12);
}

/* Whether the instruction replaces register `reg`, as far as its low 5 bits tell. */
static int overwrites(uint32_t word, uint32_t reg)
{
    int is_store = (word & 0x0A000000u) == 0x08000000u && !(word & 0x00400000u);
    int is_branch = (word & 0x1C000000u) == 0x14000000u;
    return rd_of(word) == reg && !is_store && !is_branch;
}

static struct ad_instruction find_adrp(const uint8_t *code, uint32_t word, uint32_t address)
{
    struct ad_instruction field = ad_field(4, AD_FIELD_HIGH, page_of(address, word));
    field.detail = FORM_ADRP;
    for (int at = 4; at <= PAIR_REACH; at += 4) {
        uint32_t user = ad_get32(code + at);
        if (has_low12(user) && rn_of(user) == rd_of(word)) {
            field.target += low12_value(user);
            return field;
        }
        if (overwrites(user, rd_of(word))) break;
    }
    return field;
}

static struct ad_instruction find_low12(const uint8_t *code, uint32_t word, uint32_t address)
{
    for (int at = -4; at >= -PAIR_REACH; at -= 4) {
        uint32_t before = ad_get32(code + at);
        if (is_adrp(before) && rd_of(before) == rn_of(word)) {
            uint32_t page = page_of(address + (uint32_t)at, before);
            struct ad_instruction field = ad_field(4, AD_FIELD_LOW, page + low12_value(word));
            field.detail = FORM_LOW12;
            return field;
        }
        if (overwrites(before, rn_of(word))) break;
    }
    return ad_plain(4);
}

static struct ad_instruction find(const uint8_t *code, uint32_t address)
{
    uint32_t word = ad_get32(code);
    struct ad_instruction field = ad_plain(4);
    if ((word & 0x7C000000u) == 0x14000000u) {
        field.kind = word >> 31 ? AD_FIELD_CALL : AD_FIELD_JUMP;
        field.detail = FORM_BRANCH26;
        field.target = address + (ad_sign_extend(word, 26) << 2);
    } else if ((word & 0xFF000010u) == 0x54000000u || (word & 0x7E000000u) == 0x34000000u) {
        field.kind = (word & 0x7E000000u) == 0x34000000u ? AD_FIELD_COMPARE_BRANCH
                                                         : AD_FIELD_NEAR_BRANCH;
        field.detail = FORM_BRANCH19;
        field.target = address + (ad_sign_extend(word >> 5, 19) << 2);
    } else if ((word & 0x7E000000u) == 0x36000000u) {
        field.kind = AD_FIELD_NEAR_JUMP;
        field.detail = FORM_BRANCH14;
        field.target = address + (ad_sign_extend(word >> 5, 14) << 2);
    } else if ((word & 0x3B000000u) == 0x18000000u) {
        field.kind = AD_FIELD_WIDE_LITERAL;
        field.detail = FORM_BRANCH19;
        field.target = address + (ad_sign_extend(word >> 5, 19) << 2);
    } else if ((word & 0x9F000000u) == 0x10000000u) {
        field.kind = AD_FIELD_ADDRESS;
        field.detail = FORM_ADR;
        field.target = address + adr_offset(word);
    } else if (is_adrp(word)) {
        return find_adrp(code, word, address);
    } else if (has_low12(word)) {
        return find_low12(code, word, address);
    }
    return field;
}

static uint32_t with_adr_offset(uint32_t word, uint32_t offset)
{
    return (word & 0x9F00001Fu) | ad_bits(offset, 2, 19) << 5 | ad_bits(offset, 0, 2) << 29;
}

void ad_aarch64_find(struct ad_instruction *found, const uint8_t *code, uint32_t address)
{
    *found = find(code, address);
}

void ad_aarch64_write(const struct ad_instruction *field, uint8_t *bytes, uint32_t address,
                      uint32_t target)
{
    uint32_t word = ad_get32(bytes);
    uint32_t offset = target - address;
    switch (field->detail) {
    case FORM_BRANCH26:
        word = (word & 0xFC000000u) | ad_bits(offset, 2, 26);
        break;
    case FORM_BRANCH19:
        word = (word & 0xFF00001Fu) | ad_bits(offset, 2, 19) << 5;
        break;
    case FORM_BRANCH14:
        word = (word & 0xFFF8001Fu) | ad_bits(offset, 2, 14) << 5;
        break;
    case FORM_ADR:
        word = with_adr_offset(word, offset);
        break;
    case FORM_ADRP:
        word = with_adr_offset(word, ad_sign_extend((target >> 12) - (address >> 12), 20));
        break;
    default: /* FORM_LOW12 */
        word = (word & ~0x003FFC00u) | ad_bits(target & 0xFFFu, low12_shift(word), 12) << 10;
        break;
    }
    ad_put32(bytes, word);
}

int ad_aarch64_read(const struct ad_instruction *field, const uint8_t *bytes, uint32_t address,
                    uint32_t *contribution)
{
    uint32_t word = ad_get32(bytes);
    switch (field->detail) {
    case FORM_BRANCH26:
        *contribution = address + (ad_sign_extend(word, 26) << 2);
        return (word & 0x7C000000u) == 0x14000000u;
    case FORM_ADR:
        *contribution = address + adr_offset(word);
        return (word & 0x9F000000u) == 0x10000000u;
    case FORM_ADRP:
        *contribution = page_of(address, word);
        return is_adrp(word);
    case FORM_LOW12:
        *contribution = low12_value(word);
        return has_low12(word);
    default:
        return 0; /* near: not worth learning */
    }
}
