/*
 * Registers of the MPS2 board with image AN385 (Cortex-M3).
 *
 * Addresses: ARM DAI 0385D "Application Note AN385", tables 3-1 and 3-2, and ARM DUI 0479
 * "Cortex-M System Design Kit", section 4.3 (UART). Core registers: ARMv7-M Architecture Reference
 * Manual, B3.2 and B3.3.
 */
#ifndef BOARD_CM3_REGISTERS_H
#define BOARD_CM3_REGISTERS_H

#include <stdint.h>

#define CORE_CLOCK_HZ 25000000u

struct cmsdk_uart {
    volatile uint32_t data;
    volatile uint32_t state;
    volatile uint32_t control;
    volatile uint32_t interrupt; /* read: status, write: clear */
    volatile uint32_t baud_divider;
};

#define UART0 ((struct cmsdk_uart *)0x40004000u)
#define UART_STATE_TX_FULL 0x1u
#define UART_STATE_RX_FULL 0x2u
#define UART_CONTROL_TX_ENABLE 0x1u
#define UART_CONTROL_RX_ENABLE 0x2u
#define UART_CONTROL_RX_INTERRUPT 0x8u
#define UART_INTERRUPT_RX 0x2u
#define UART0_RX_IRQ 0u

struct systick {
    volatile uint32_t control;
    volatile uint32_t reload;
    volatile uint32_t current;
};

#define SYSTICK ((struct systick *)0xE000E010u)
#define SYSTICK_ENABLE 0x1u
#define SYSTICK_INTERRUPT 0x2u
#define SYSTICK_CORE_CLOCK 0x4u

#define NVIC_ENABLE (*(volatile uint32_t *)0xE000E100u)
#define SCB_VECTOR_TABLE (*(volatile uint32_t *)0xE000ED08u)
#define SCB_RESET_CONTROL (*(volatile uint32_t *)0xE000ED0Cu)
#define SCB_RESET_REQUEST 0x05FA0004u /* VECTKEY and SYSRESETREQ */

#endif
