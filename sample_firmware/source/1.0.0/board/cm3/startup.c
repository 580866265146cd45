/*
 * Vector table and reset for Cortex-M3. The first two words of the slot are all that a boot loader
 * needs: the initial stack pointer and the reset handler.
 */
#include <stdint.h>

#include "board/board.h"
#include "board/cm3/registers.h"
#include "os/crash_record.h"

#define EXTERNAL_INTERRUPTS 32

extern uint32_t stack_top[];
extern const uint32_t data_load_start[];
extern uint32_t data_start[], data_end[], bss_start[], bss_end[];

int main(void);
void systick_handler(void);
void uart0_rx_handler(void);

_Noreturn void reset_handler(void);
_Noreturn void fault(const uint32_t *frame);
void unexpected_handler(void);

typedef void (*handler)(void);

struct vector_table {
    uint32_t *initial_stack;
    handler reset;
    handler faults[13]; /* NMI to PendSV, reserved entries included */
    handler systick;
    handler external[EXTERNAL_INTERRUPTS];
};

__attribute__((section(".vectors"), used)) static const struct vector_table vectors = {
    .initial_stack = stack_top,
    .reset = reset_handler,
    .faults = {[0 ... 12] = unexpected_handler},
    .systick = systick_handler,
    .external = {[UART0_RX_IRQ] = uart0_rx_handler,
                 [UART0_RX_IRQ + 1 ... EXTERNAL_INTERRUPTS - 1] = unexpected_handler},
};

void reset_handler(void)
{
    /* A boot loader leaves the table at its own vectors. */
    SCB_VECTOR_TABLE = (uint32_t)&vectors;

    const uint32_t *source = data_load_start;
    for (uint32_t *target = data_start; target < data_end; target++) {
        *target = *source++;
    }
    for (uint32_t *target = bss_start; target < bss_end; target++) {
        *target = 0;
    }
    main();
    board_reset();
}

/* The processor stacked r0-r3, r12, lr, pc and xpsr; MSP is the only stack pointer in use. */
__attribute__((naked)) void unexpected_handler(void)
{
    __asm volatile("mrs r0, msp\n\tb fault");
}

/* A node in the field has nobody to look at a halted core: remember and start over. */
__attribute__((used)) void fault(const uint32_t *frame)
{
    uint32_t exception;
    __asm volatile("mrs %0, ipsr" : "=r"(exception));
    crash_record_write(exception, frame[6], frame[5]);
    board_reset();
}
