/*
 * Relocation: which bytes of code depend on an address, what they refer to, and how the same
 * reference is written elsewhere. Pure functions, one file per architecture, shared by decoder,
 * encoder and installer.
 *
 * All three functions speak of addresses (32 bits, modulo 2^32), never of file offsets. A field is
 * one instruction, or one aligned word, that refers to a target. References spread over two
 * instructions (ADRP + ADD, AUIPC + load, MOVW + MOVT) are two fields with the same target, each of
 * which contributes a part: the target is the sum of both contributions.
 */
#ifndef AIRDELTA_RELOCATION_H
#define AIRDELTA_RELOCATION_H

#include <stdint.h>
#include <string.h>

#include "fixed_point.h"

/* Numbers of the format. */
enum ad_architecture {
    AD_ARCH_NONE = 0,
    AD_ARCH_THUMB = 1,
    AD_ARCH_ARM = 2,
    AD_ARCH_AARCH64 = 3,
    AD_ARCH_RISCV32 = 4,
    AD_ARCH_RISCV64 = 5,
    AD_ARCH_XTENSA = 6,
    AD_ARCH_AVR = 7,
    AD_ARCH_COUNT
};

/* What a field is; numbers of the format: contexts of the model are made of them. */
enum ad_field_kind {
    AD_FIELD_NONE = 0,
    AD_FIELD_CALL = 1,
    AD_FIELD_JUMP = 2,        /* far, unconditional */
    AD_FIELD_BRANCH = 3,      /* far, conditional */
    AD_FIELD_NEAR_BRANCH = 4, /* conditional, within the function */
    AD_FIELD_NEAR_JUMP = 5,
    AD_FIELD_COMPARE_BRANCH = 6,
    AD_FIELD_LITERAL = 7, /* load from the literal pool */
    AD_FIELD_WIDE_LITERAL = 8,
    AD_FIELD_ADDRESS = 9,
    AD_FIELD_HIGH = 10, /* upper part of an address */
    AD_FIELD_LOW = 11,  /* lower part */
    AD_FIELD_POINTER = 12,
    AD_FIELD_RAM_POINTER = 13,
    AD_FIELD_KINDS = 16
};

/* ad_find_instruction() reads this many bytes before and from the instruction. */
#ifdef AIRDELTA_THUMB_ONLY
#define AD_LOOK_BEHIND 20u
#define AD_LOOK_AHEAD 24u
#else
#define AD_LOOK_BEHIND 64u
#define AD_LOOK_AHEAD 72u
#endif

/* Bit n is set if a Thumb instruction whose upper five bits are n may be a field, or is wide. */
#define AD_THUMB_BEGINNINGS 0xFCD00200u

struct ad_instruction {
    uint8_t length;  /* bytes to the next instruction, at least 1 */
    uint8_t kind;    /* enum ad_field_kind */
    int8_t anchor;   /* where the instruction is that the target is relative to, from here */
    uint8_t detail;  /* the architecture's own */
    uint8_t is_value; /* the target is spelled out: it may as well be a number */
    uint32_t target; /* address referred to */
};

static inline struct ad_instruction ad_plain(uint32_t length)
{
    struct ad_instruction plain = {(uint8_t)length, AD_FIELD_NONE, 0, 0, 0, 0};
    return plain;
}

static inline struct ad_instruction ad_field(uint32_t length, uint32_t kind, uint32_t target)
{
    struct ad_instruction field = {(uint8_t)length, (uint8_t)kind, 0, 0, 0, target};
    return field;
}

/* Smallest distance between instructions: a digit for each architecture, the first one lowest. */
static inline uint32_t ad_code_alignment(enum ad_architecture architecture)
{
#ifdef AIRDELTA_THUMB_ONLY
    return architecture == AD_ARCH_NONE ? 1u : 2u;
#else
    return 0x21224421u >> 4u * (uint32_t)architecture & 15u;
#endif
}

/* The length of the instruction at `code` if a glance tells that it is no field, else 0. */
AD_INLINE uint32_t ad_plain_length(enum ad_architecture architecture, const uint8_t *code)
{
    uint32_t first = code[1] >> 3; /* Thumb: the upper five bits tell the length, and most forms */
    if (architecture != AD_ARCH_THUMB || AD_THUMB_BEGINNINGS >> first & 1u) return 0;
    return 2;
}

/* Whether this build knows the architecture. */
int ad_is_built_in(enum ad_architecture architecture);

/* Decode the instruction at `code`, which stands at `address`. */
void ad_decode_instruction(enum ad_architecture architecture, struct ad_instruction *found,
                           const uint8_t *code, uint32_t address);

/* The same as a value, for those who can spare the code of copying it. */
struct ad_instruction ad_find_instruction(enum ad_architecture architecture, const uint8_t *code,
                                          uint32_t address);

/* Rewrite the field in `bytes`, standing at `address`, to refer to `target`. */
void ad_write_target(enum ad_architecture architecture, const struct ad_instruction *field,
                     uint8_t *bytes, uint32_t address, uint32_t target);

/*
 * Read what the field in `bytes`, standing at `address`, contributes to its target: all of it, or
 * for AD_FIELD_HIGH and AD_FIELD_LOW one summand. Zero if the bytes are no such field.
 */
int ad_read_target(enum ad_architecture architecture, const struct ad_instruction *field,
                   const uint8_t *bytes, uint32_t address, uint32_t *contribution);

/* Whether the field's meaning does not change with its own address. */
static inline int ad_is_absolute(uint32_t kind)
{
    return kind >= AD_FIELD_POINTER;
}

/* Whether a target in another function is usual, so that alignment has to look through it. */
static inline int ad_is_far(uint32_t kind)
{
    return (kind >= AD_FIELD_CALL && kind <= AD_FIELD_BRANCH) || kind >= AD_FIELD_WIDE_LITERAL;
}

/* Little-endian numbers at any address; a processor that cannot read them there does so by bytes. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && \
    (!defined(__ARM_ARCH) || defined(__ARM_FEATURE_UNALIGNED))

AD_INLINE uint32_t ad_get16(const uint8_t *bytes)
{
    uint16_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

AD_INLINE uint32_t ad_get32(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

AD_INLINE void ad_put16(uint8_t *bytes, uint32_t value)
{
    uint16_t low = (uint16_t)value;
    memcpy(bytes, &low, sizeof low);
}

AD_INLINE void ad_put32(uint8_t *bytes, uint32_t value)
{
    memcpy(bytes, &value, sizeof value);
}

#else

static inline uint32_t ad_get16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

static inline uint32_t ad_get32(const uint8_t *bytes)
{
    return ad_get16(bytes) | ad_get16(bytes + 2) << 16;
}

static inline void ad_put16(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

static inline void ad_put32(uint8_t *bytes, uint32_t value)
{
    ad_put16(bytes, value);
    ad_put16(bytes + 2, value >> 16);
}

#endif

/* The low `bits` bits of `value` as a signed number, in 32 bits. */
static inline uint32_t ad_sign_extend(uint32_t value, uint32_t bits)
{
    uint32_t sign = 1u << (bits - 1u);
    value &= (sign << 1) - 1u;
    return (value ^ sign) - sign;
}

/* Bits first..first+count-1 of `value`. */
static inline uint32_t ad_bits(uint32_t value, uint32_t first, uint32_t count)
{
    return value >> first & ((1u << count) - 1u);
}

#endif
