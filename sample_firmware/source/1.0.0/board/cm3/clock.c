/* Time, sleep and reset for Cortex-M3. */
#include "board/board.h"
#include "board/cm3/registers.h"
#include "board/cm3/uart.h"

const char board_name[] = "cm3";

static volatile uint32_t uptime_ms;

void systick_handler(void);

void systick_handler(void)
{
    uptime_ms++;
}

void board_init(void)
{
    SYSTICK->reload = CORE_CLOCK_HZ / 1000u - 1u;
    SYSTICK->current = 0;
    SYSTICK->control = SYSTICK_ENABLE | SYSTICK_INTERRUPT | SYSTICK_CORE_CLOCK;
    uart_init();
    __asm volatile("cpsie i" ::: "memory");
}

uint32_t board_uptime_ms(void)
{
    return uptime_ms;
}

void board_wait_for_interrupt(void)
{
    __asm volatile("wfi" ::: "memory");
}

void board_reset(void)
{
    SCB_RESET_CONTROL = SCB_RESET_REQUEST;
    for (;;) {
    }
}
