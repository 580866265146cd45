/* Time, sleep, traps and reset for RISC-V. */
#include "board/board.h"
#include "board/rv32/registers.h"
#include "board/rv32/uart.h"
#include "os/crash_record.h"

#define TICKS_OF_1_MS (TIMER_HZ / 1000u)

const char board_name[] = "rv32";

static volatile uint32_t uptime_ms;
static uint64_t next_tick;

void trap_handler(void);

static uint64_t timer_now(void)
{
    uint32_t high;
    uint32_t low;
    do { /* the low half may wrap between the two reads */
        high = TIMER_HIGH;
        low = TIMER_LOW;
    } while (high != TIMER_HIGH);
    return ((uint64_t)high << 32) | low;
}

/* High half to its maximum first, so that no mixture of old and new value fires. */
static void set_timer(uint64_t ticks)
{
    TIMER_COMPARE_HIGH = UINT32_MAX;
    TIMER_COMPARE_LOW = (uint32_t)ticks;
    TIMER_COMPARE_HIGH = (uint32_t)(ticks >> 32);
}

static void count_milliseconds(void)
{
    while (timer_now() >= next_tick) {
        uptime_ms++;
        next_tick += TICKS_OF_1_MS;
    }
    set_timer(next_tick);
}

static void handle_external(void)
{
    uint32_t irq = PLIC_CLAIM;
    if (irq == UART_IRQ) {
        uart_take_received();
    }
    PLIC_CLAIM = irq;
}

static void handle_exception(uint32_t cause)
{
    uint32_t program_counter;
    uint32_t value;
    __asm volatile("csrr %0, mepc" : "=r"(program_counter));
    __asm volatile("csrr %0, mtval" : "=r"(value));
    crash_record_write(cause, program_counter, value);
    board_reset();
}

__attribute__((interrupt("machine"), aligned(4))) void trap_handler(void)
{
    uint32_t cause;
    __asm volatile("csrr %0, mcause" : "=r"(cause));
    if (cause == (CAUSE_INTERRUPT | CAUSE_TIMER)) {
        count_milliseconds();
    } else if (cause == (CAUSE_INTERRUPT | CAUSE_EXTERNAL)) {
        handle_external();
    } else {
        handle_exception(cause);
    }
}

void board_init(void)
{
    next_tick = timer_now() + TICKS_OF_1_MS;
    set_timer(next_tick);
    uart_init();
    __asm volatile("csrs mie, %0" ::"r"(MIE_TIMER | MIE_EXTERNAL));
    __asm volatile("csrs mstatus, %0" ::"r"(MSTATUS_MIE) : "memory");
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
    TEST_FINISHER = TEST_RESET;
    for (;;) {
    }
}
