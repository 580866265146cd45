/* The 16550 UART: received by interrupt, sent by polling. QEMU's needs no baud rate. */
#include "board/rv32/uart.h"

#include "board/board.h"
#include "board/rv32/registers.h"
#include "lib/ring_buffer.h"

/* A whole console line fits, so that a host may send one without waiting. */
static uint8_t receive_storage[1024];
static struct ring_buffer received;

void uart_take_received(void)
{
    while (UART_LINE_STATUS & UART_DATA_READY) {
        ring_buffer_put(&received, UART_DATA);
    }
}

void uart_init(void)
{
    ring_buffer_init(&received, receive_storage, sizeof receive_storage);
    UART_LINE_CONTROL = UART_8N1;
    UART_FIFO_CONTROL = UART_FIFO_ENABLE;
    UART_INTERRUPT_ENABLE = UART_RX_INTERRUPT;
    PLIC_PRIORITY(UART_IRQ) = 1;
    PLIC_THRESHOLD = 0;
    PLIC_ENABLE = 1u << UART_IRQ;
}

void board_uart_write(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        while ((UART_LINE_STATUS & UART_TX_EMPTY) == 0) {
        }
        UART_DATA = (uint8_t)text[i];
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
