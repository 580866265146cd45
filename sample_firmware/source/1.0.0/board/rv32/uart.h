/* The 16550 UART, between clock.c, which starts it and hands it its interrupt, and uart.c. */
#ifndef BOARD_RV32_UART_H
#define BOARD_RV32_UART_H

/* Receive interrupt on; interrupts are enabled later by board_init. */
void uart_init(void);

/* Moves received bytes to the queue; called by the trap handler. */
void uart_take_received(void);

#endif
