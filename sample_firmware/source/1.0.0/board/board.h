/*
 * What a board gives the firmware. Each folder below board/ implements this header for one machine.
 */
#ifndef BOARD_BOARD_H
#define BOARD_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The short name that the version command prints: "cm3" or "rv32". */
extern const char board_name[];

/* Starts the millisecond clock and the UART, then enables interrupts. */
void board_init(void);

/* Milliseconds since reset; wraps after 49.7 days, so compare by subtraction. */
uint32_t board_uptime_ms(void);

/* Sleeps until an interrupt is pending. */
void board_wait_for_interrupt(void);

/* Sends text and waits until the UART has taken the last byte. */
void board_uart_write(const char *text, size_t size);

/* Takes the oldest received byte; false when there is none. */
bool board_uart_read(uint8_t *byte);

/* Received bytes that were lost because nobody read them in time. */
uint32_t board_uart_dropped(void);

/* Restarts the machine. */
_Noreturn void board_reset(void);

#endif
