/* The CMSDK UART: received by interrupt, sent by polling. */
#include "board/cm3/uart.h"

#include "board/board.h"
#include "board/cm3/registers.h"
#include "lib/ring_buffer.h"

#define BAUD_RATE 115200u

/* A whole console line fits, so that a host may send one without waiting. */
static uint8_t receive_storage[1024];
static struct ring_buffer received;

void uart0_rx_handler(void);

void uart0_rx_handler(void)
{
    /* Cleared first: a byte that comes while the loop runs must raise it again. */
    UART0->interrupt = UART_INTERRUPT_RX;
    while (UART0->state & UART_STATE_RX_FULL) {
        ring_buffer_put(&received, (uint8_t)UART0->data);
    }
}

void uart_init(void)
{
    ring_buffer_init(&received, receive_storage, sizeof receive_storage);
    UART0->baud_divider = CORE_CLOCK_HZ / BAUD_RATE;
    UART0->control = UART_CONTROL_TX_ENABLE | UART_CONTROL_RX_ENABLE | UART_CONTROL_RX_INTERRUPT;
    NVIC_ENABLE = 1u << UART0_RX_IRQ;
}

void board_uart_write(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        while (UART0->state & UART_STATE_TX_FULL) {
        }
        UART0->data = (uint8_t)text[i];
    }
}

bool board_uart_read(uint8_t *byte)
{
    return ring_buffer_get(&received, byte);
}

uint32_t board_uart_dropped(void)
{
    return received.dropped;
}
