# The RISC-V board: QEMU's virt machine, picolibc. ISA 2.2 counts the CSR instructions to rv32i, as
# the libraries' folders are named.
tool_prefix   := riscv64-unknown-elf-
machine_flags := -march=rv32imac -mabi=ilp32 -misa-spec=2.2
libc_flags    := --specs=picolibc.specs -DPICOLIBC_INTEGER_PRINTF_SCANF
slots         := a

board_modules := board/rv32/startup.S board/rv32/clock.c board/rv32/uart.c
