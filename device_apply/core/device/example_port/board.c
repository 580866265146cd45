/* Start-up code, watchdog and UART. Numbers: Arm's AN385 and the CMSDK manual (DDI 0479). */
#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define UART_DATA REGISTER(0x40004000u)
#define UART_STATE REGISTER(0x40004004u)
#define UART_CONTROL REGISTER(0x40004008u)
#define UART_BAUD_DIVIDER REGISTER(0x40004010u)
#define UART_TX_FULL 1u
#define UART_RX_FULL 2u
#define UART_TX_AND_RX 3u

#define WATCHDOG_LOAD REGISTER(0x40008000u)
#define WATCHDOG_CONTROL REGISTER(0x40008008u)
#define WATCHDOG_CLEAR REGISTER(0x4000800Cu)
#define WATCHDOG_LOCK REGISTER(0x40008C00u)
#define WATCHDOG_UNLOCK 0x1ACCE551u
#define WATCHDOG_RESETS 3u /* the first time-out interrupts, the second resets */

#define SYSTEM_VECTORS REGISTER(0xE000ED08u)
#define SYSTEM_RESET REGISTER(0xE000ED0Cu)
#define SYSTEM_RESET_REQUEST 0x05FA0004u

#define CLOCK_HZ 25000000u
#define BAUD_RATE 115200u
#define WATCHDOG_S 5u

extern uint32_t stack_top[], bss_start[], bss_end[]; /* bootloader.ld */
int main(void);
void board_enter(void);

void board_start(void)
{
    UART_BAUD_DIVIDER = CLOCK_HZ / BAUD_RATE;
    UART_CONTROL = UART_TX_AND_RX;
    WATCHDOG_LOCK = WATCHDOG_UNLOCK;
    WATCHDOG_LOAD = WATCHDOG_S * CLOCK_HZ;
    WATCHDOG_CONTROL = WATCHDOG_RESETS;
}

void board_feed_watchdog(void)
{
    WATCHDOG_CLEAR = 1;
}

_Noreturn void board_run(uint32_t address)
{
    const uint32_t *vectors = (const uint32_t *)address;
    WATCHDOG_CONTROL = 0;
    SYSTEM_VECTORS = address;
    __asm volatile("msr msp, %0\n\tbx %1" : : "r"(vectors[0]), "r"(vectors[1]) : "memory");
    __builtin_unreachable();
}

_Noreturn void board_reset(void)
{
    SYSTEM_RESET = SYSTEM_RESET_REQUEST;
    for (;;) {
    }
}

void uart_write(const char *text, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        while (UART_STATE & UART_TX_FULL) {
        }
        UART_DATA = (uint8_t)text[i];
    }
}

int uart_read(void)
{
    return UART_STATE & UART_RX_FULL ? (int)(UART_DATA & 0xFFu) : -1;
}

void board_enter(void)
{
    for (uint32_t *word = bss_start; word < bss_end; word++) *word = 0;
    main();
    board_reset();
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    [0] = stack_top,
    [1] = (const void *)board_enter,
    /* A fault is a reset: the trial boots are counted, so this ends. */
    [2 ... 15] = (const void *)board_reset,
};
