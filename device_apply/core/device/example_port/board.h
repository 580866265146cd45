/*
 * The board of the example: Arm's MPS2 with a Cortex-M3 (AN385), as QEMU emulates it.
 *
 *     0x00000000  bootloader
 *     0x20000000  RAM of the application (56 KiB), its settings, which a reset leaves alone (8 KiB)
 *     0x20010000  RAM of the bootloader; a product would share the application's
 *     0x21000000  flash: two slots of 128 KiB, download area of 128 KiB, device state of 8 KiB
 *     0x21080000  mailbox: what the application leaves for the bootloader
 *
 * The board has no flash that programs write to. Its PSRAM stands for it: code runs from it, and
 * QEMU can keep it in a file.
 */
#ifndef EXAMPLE_BOARD_H
#define EXAMPLE_BOARD_H

#include <stdint.h>

#define FLASH_ADDRESS 0x21000000u
#define FLASH_BYTES 0x00080000u
#define FLASH_SECTOR_BYTES 2048u
#define FLASH_UNIT_BYTES 8u
#define FLASH_ERASED 0xFFu
#define MAILBOX_ADDRESS 0x21080000u

void board_start(void);

/* Whoever does not do this every few seconds is reset. */
void board_feed_watchdog(void);

/* Start the image whose vector table is at `address`; the watchdog stops, for the example's
 * applications do not feed it. */
_Noreturn void board_run(uint32_t address);
_Noreturn void board_reset(void);

void uart_write(const char *text, uint32_t count);
/* The next received byte, or -1. */
int uart_read(void);

#endif
