/*
 * Cuts the power of the example at one of its flash operations.
 *
 * Linked around `flash_program` and `flash_erase` (--wrap). A word behind the mailbox counts down;
 * at the operation that it reaches, half of the work is done and the emulator ends, so that all RAM
 * is lost. The word is in the file that keeps the flash, where the test sets it; 0: no cut.
 */
#include "board.h"
#include "flash.h"

#define FUSE (*(volatile uint32_t *)0x210FFFFCu)

/* Arm's semihosting specification, 2.0: SYS_EXIT_EXTENDED, ADP_Stopped_ApplicationExit */
#define SYS_EXIT_EXTENDED 0x20u
#define APPLICATION_EXIT 0x20026u
#define POWER_CUT_EXIT 75u

enum airdelta_flash_result __real_flash_program(uint32_t offset, const uint8_t *bytes,
                                                uint32_t count);
enum airdelta_flash_result __real_flash_erase(uint32_t offset);
enum airdelta_flash_result __wrap_flash_program(uint32_t offset, const uint8_t *bytes,
                                                uint32_t count);
enum airdelta_flash_result __wrap_flash_erase(uint32_t offset);

static int is_cut(void)
{
    return FUSE > 0 && --FUSE == 0;
}

static void lose_power(void)
{
    const uint32_t block[] = {APPLICATION_EXIT, POWER_CUT_EXIT};
    register uint32_t operation __asm__("r0") = SYS_EXIT_EXTENDED;
    register const uint32_t *argument __asm__("r1") = block;
    __asm__ volatile("bkpt 0xAB" : "+r"(operation) : "r"(argument) : "memory");
}

enum airdelta_flash_result __wrap_flash_program(uint32_t offset, const uint8_t *bytes,
                                                uint32_t count)
{
    if (is_cut()) {
        (void)__real_flash_program(offset, bytes, count / 2 / FLASH_UNIT_BYTES * FLASH_UNIT_BYTES);
        lose_power();
    }
    return __real_flash_program(offset, bytes, count);
}

enum airdelta_flash_result __wrap_flash_erase(uint32_t offset)
{
    if (is_cut()) {
        uint8_t *sector = (uint8_t *)FLASH_ADDRESS + offset;
        for (uint32_t i = 0; i < FLASH_SECTOR_BYTES / 2; i++) sector[i] = FLASH_ERASED;
        lose_power();
    }
    return __real_flash_erase(offset);
}
