/* The CMSDK UART, between clock.c, which starts it, and uart.c. */
#ifndef BOARD_CM3_UART_H
#define BOARD_CM3_UART_H

/* 115200 baud, receive interrupt on; interrupts are enabled later by board_init. */
void uart_init(void);

#endif
