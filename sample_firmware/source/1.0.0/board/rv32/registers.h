/*
 * Registers of QEMU's RISC-V `virt` machine.
 *
 * Addresses: QEMU 7.2, hw/riscv/virt.c (memory map) and include/hw/riscv/virt.h (interrupts). UART:
 * National Semiconductor 16550. Timer and PLIC: SiFive FU540 manual, chapters 9 and 10.
 */
#ifndef BOARD_RV32_REGISTERS_H
#define BOARD_RV32_REGISTERS_H

#include <stdint.h>

#define UART_REGISTER(offset) (*(volatile uint8_t *)(0x10000000u + (offset)))
#define UART_DATA UART_REGISTER(0)
#define UART_INTERRUPT_ENABLE UART_REGISTER(1)
#define UART_FIFO_CONTROL UART_REGISTER(2)
#define UART_LINE_CONTROL UART_REGISTER(3)
#define UART_LINE_STATUS UART_REGISTER(5)
#define UART_DATA_READY 0x01u
#define UART_TX_EMPTY 0x20u
#define UART_RX_INTERRUPT 0x01u
#define UART_FIFO_ENABLE 0x01u
#define UART_8N1 0x03u
#define UART_IRQ 10u

#define PLIC_PRIORITY(irq) (*(volatile uint32_t *)(0x0C000000u + 4u * (irq)))
#define PLIC_ENABLE (*(volatile uint32_t *)0x0C002000u) /* core 0, machine mode */
#define PLIC_THRESHOLD (*(volatile uint32_t *)0x0C200000u)
#define PLIC_CLAIM (*(volatile uint32_t *)0x0C200004u)

#define TIMER_HZ 10000000u
#define TIMER_COMPARE_LOW (*(volatile uint32_t *)0x02004000u)
#define TIMER_COMPARE_HIGH (*(volatile uint32_t *)0x02004004u)
#define TIMER_LOW (*(volatile uint32_t *)0x0200BFF8u)
#define TIMER_HIGH (*(volatile uint32_t *)0x0200BFFCu)

#define TEST_FINISHER (*(volatile uint32_t *)0x00100000u)
#define TEST_RESET 0x7777u

#define CAUSE_INTERRUPT 0x80000000u
#define CAUSE_TIMER 7u
#define CAUSE_EXTERNAL 11u
#define MSTATUS_MIE 0x8u
#define MIE_TIMER (1u << CAUSE_TIMER)
#define MIE_EXTERNAL (1u << CAUSE_EXTERNAL)

#endif
