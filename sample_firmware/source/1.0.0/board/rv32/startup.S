# Reset: the first instruction of the slot. Sets up what C needs, then runs main.

    .section .vectors, "ax"
    .globl reset_handler
reset_handler:
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    la      sp, stack_top
    la      tp, thread_data         # picolibc keeps errno there
    la      t0, trap_handler
    csrw    mtvec, t0

    la      t0, data_load_start
    la      t1, data_start
    la      t2, data_end
copy_data:
    bgeu    t1, t2, clear_bss
    lw      t3, 0(t0)
    sw      t3, 0(t1)
    addi    t0, t0, 4
    addi    t1, t1, 4
    j       copy_data

clear_bss:
    la      t1, bss_start
    la      t2, bss_end
clear_word:
    bgeu    t1, t2, run
    sw      zero, 0(t1)
    addi    t1, t1, 4
    j       clear_word

run:
    call    main
    tail    board_reset
