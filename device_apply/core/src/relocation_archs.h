/* The architectures' own functions behind relocation.h. */
#ifndef AIRDELTA_RELOCATION_ARCHS_H
#define AIRDELTA_RELOCATION_ARCHS_H

#include "relocation.h"

#define AD_DECLARE_ARCHITECTURE(name)                                                     \
    struct ad_instruction ad_##name##_find(const uint8_t *code, uint32_t address);        \
    void ad_##name##_write(const struct ad_instruction *field, uint8_t *bytes,            \
                           uint32_t address, uint32_t target);                            \
    int ad_##name##_read(const struct ad_instruction *field, const uint8_t *bytes,        \
                         uint32_t address, uint32_t *contribution)

AD_DECLARE_ARCHITECTURE(thumb);
AD_DECLARE_ARCHITECTURE(arm);
AD_DECLARE_ARCHITECTURE(aarch64);
AD_DECLARE_ARCHITECTURE(riscv32);
AD_DECLARE_ARCHITECTURE(riscv64);
AD_DECLARE_ARCHITECTURE(xtensa);
AD_DECLARE_ARCHITECTURE(avr);

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

#endif
