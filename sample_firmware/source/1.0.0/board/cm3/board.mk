# The Cortex-M3 board: QEMU's mps2-an385, newlib.
tool_prefix   := arm-none-eabi-
machine_flags := -mcpu=cortex-m3 -mthumb
libc_flags    := --specs=nano.specs
slots         := a b

board_modules := board/cm3/startup.c board/cm3/clock.c board/cm3/uart.c board/cm3/heap.c
