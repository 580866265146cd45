/*
 * Secure boot: only what the vendor signed runs.
 *
 * The ROM verifies the bootloader, the bootloader verifies the image at every boot. Each of them is
 * a signed image: code, and behind it a trailer that fills up its last 80 bytes (SPEC.md section 6):
 *
 *     0 "ADSI"   4 code bytes u32   8 security counter u32   12 COSE algorithm i32   16 signature 64
 *
 * The signature covers "airdelta image 1" and the SHA-256 of all before the signature. Ports whose
 * images are signed in another way (MCUboot, a vendor's own) point `is_authentic` at theirs.
 *
 *     .is_authentic = is_authentic,                        // in the bootloader's port
 *     static int is_authentic(void *context, uint32_t offset, uint32_t bytes)
 *     {
 *         return airdelta_is_signed_image(&port, offset, bytes, NULL);
 *     }
 */
#ifndef AIRDELTA_SECURE_BOOT_H
#define AIRDELTA_SECURE_BOOT_H

#include "airdelta_device.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AIRDELTA_IMAGE_TRAILER_BYTES 80u

/* Whether `bytes` of flash from `offset` on are an image that a trusted key signed. If so, and if
 * `security_counter` is not NULL, it is set. */
int airdelta_is_signed_image(const struct airdelta_port *port, uint32_t offset, uint32_t bytes,
                             uint32_t *security_counter);

/* What a ROM does after a reset: the number of the copy of the bootloader to run, or
 * AIRDELTA_NO_SLOT. A copy is a signed image that fills its region; of several the one with the
 * highest security counter runs, so that a bootloader is replaced by writing the other copy. */
uint8_t airdelta_rom_choose(const struct airdelta_port *port, const struct airdelta_region *copies,
                            uint8_t count);

#ifdef __cplusplus
}
#endif

#endif
