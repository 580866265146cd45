/* The architectures' own functions behind relocation.h. */
#ifndef AIRDELTA_RELOCATION_ARCHS_H
#define AIRDELTA_RELOCATION_ARCHS_H

#include "relocation.h"

#define AD_DECLARE_ARCHITECTURE(name)                                                     \
    void ad_##name##_find(struct ad_instruction *found, const uint8_t *code,              \
                          uint32_t address);                                              \
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

#endif
