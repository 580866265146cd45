/* Dispatch to the architectures that are built in. Define AIRDELTA_THUMB_ONLY for a Cortex-M. */
#include "relocation.h"

#include "relocation_archs.h"

#ifdef AIRDELTA_THUMB_ONLY
#define FOR_EACH_ARCHITECTURE(DO) DO(AD_ARCH_THUMB, thumb)
#else
#define FOR_EACH_ARCHITECTURE(DO)   \
    DO(AD_ARCH_THUMB, thumb)        \
    DO(AD_ARCH_ARM, arm)            \
    DO(AD_ARCH_AARCH64, aarch64)    \
    DO(AD_ARCH_RISCV32, riscv32)    \
    DO(AD_ARCH_RISCV64, riscv64)    \
    DO(AD_ARCH_XTENSA, xtensa)      \
    DO(AD_ARCH_AVR, avr)
#endif

int ad_is_built_in(enum ad_architecture architecture)
{
    switch (architecture) {
#define CASE(number, name) case number:
        FOR_EACH_ARCHITECTURE(CASE)
#undef CASE
    case AD_ARCH_NONE:
        return 1;
    default:
        return 0;
    }
}

void ad_decode_instruction(enum ad_architecture architecture, struct ad_instruction *found,
                           const uint8_t *code, uint32_t address)
{
    *found = ad_plain(1);
    switch (architecture) {
#define CASE(number, name)                     \
    case number:                               \
        ad_##name##_find(found, code, address); \
        break;
        FOR_EACH_ARCHITECTURE(CASE)
#undef CASE
    default:
        break;
    }
}

struct ad_instruction ad_find_instruction(enum ad_architecture architecture, const uint8_t *code,
                                          uint32_t address)
{
    struct ad_instruction found;
    ad_decode_instruction(architecture, &found, code, address);
    return found;
}

void ad_write_target(enum ad_architecture architecture, const struct ad_instruction *field,
                     uint8_t *bytes, uint32_t address, uint32_t target)
{
    if (ad_is_absolute(field->kind)) {
        ad_put32(bytes, target);
        return;
    }
    switch (architecture) {
#define CASE(number, name)                                  \
    case number:                                            \
        ad_##name##_write(field, bytes, address, target);   \
        break;
        FOR_EACH_ARCHITECTURE(CASE)
#undef CASE
    default:
        break;
    }
}

int ad_read_target(enum ad_architecture architecture, const struct ad_instruction *field,
                   const uint8_t *bytes, uint32_t address, uint32_t *contribution)
{
    if (ad_is_absolute(field->kind)) {
        *contribution = ad_get32(bytes);
        return 1;
    }
    switch (architecture) {
#define CASE(number, name) \
    case number:           \
        return ad_##name##_read(field, bytes, address, contribution);
        FOR_EACH_ARCHITECTURE(CASE)
#undef CASE
    default:
        return 0;
    }
}
