/*
 * A cooperative scheduler: tasks are functions that return soon; they run when they are due, in the
 * order in which they were added.
 */
#ifndef OS_SCHEDULER_H
#define OS_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCHEDULER_TASKS 12

typedef void (*task_function)(uint32_t now_ms);

struct task {
    const char *name;
    task_function run;
    uint32_t period_ms;
    uint32_t due_ms;
    uint32_t runs;
    uint32_t longest_ms;
    uint32_t late_ms; /* worst delay behind due_ms */
};

/* Adds a task that first runs after one period; NULL when the table is full. */
struct task *scheduler_add(const char *name, task_function run, uint32_t period_ms);

/* Runs every task that is due; returns whether there was any. */
bool scheduler_run_due(void);

/* Changes the period; the next run is one new period from now. */
void scheduler_set_period(struct task *task, uint32_t period_ms);

/* The tasks by index, for reports; NULL behind the last. */
const struct task *scheduler_task(size_t index);

#endif
