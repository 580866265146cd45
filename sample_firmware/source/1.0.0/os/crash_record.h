/*
 * Why the node restarted: a fault handler writes where the program was, the next boot finds it.
 * The record lies in memory that start-up code leaves alone.
 */
#ifndef OS_CRASH_RECORD_H
#define OS_CRASH_RECORD_H

#include <stdbool.h>
#include <stdint.h>

struct crash_record {
    uint32_t cause; /* of the board: exception number or mcause */
    uint32_t program_counter;
    uint32_t return_address;
    uint32_t uptime_ms;
    uint32_t count; /* crashes since power-on */
};

/* Called by a fault handler, with interrupts off, just before the reset. */
void crash_record_write(uint32_t cause, uint32_t program_counter, uint32_t return_address);

/* The record of the last crash since power-on; false when there was none. */
bool crash_record_read(struct crash_record *record);

/* Forgets it. */
void crash_record_clear(void);

#endif
