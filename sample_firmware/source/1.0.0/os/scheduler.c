#include "os/scheduler.h"

#include "board/board.h"

static struct task tasks[SCHEDULER_TASKS];
static size_t task_count;

struct task *scheduler_add(const char *name, task_function run, uint32_t period_ms)
{
    if (task_count == SCHEDULER_TASKS) {
        return NULL;
    }
    struct task *task = &tasks[task_count++];
    task->name = name;
    task->run = run;
    task->period_ms = period_ms;
    task->due_ms = board_uptime_ms() + period_ms;
    return task;
}

/* The sign of the difference survives the wrap of the clock after 49.7 days. */
static int32_t overdue_ms(const struct task *task, uint32_t now_ms)
{
    return (int32_t)(now_ms - task->due_ms);
}

static void run_task(struct task *task, uint32_t now_ms)
{
    uint32_t late_ms = (uint32_t)overdue_ms(task, now_ms);
    if (late_ms > task->late_ms) {
        task->late_ms = late_ms;
    }
    /* A task that was held up skips what it missed instead of running in a burst. */
    task->due_ms = late_ms < task->period_ms ? task->due_ms + task->period_ms
                                             : now_ms + task->period_ms;
    task->run(now_ms);
    task->runs++;
    uint32_t took_ms = board_uptime_ms() - now_ms;
    if (took_ms > task->longest_ms) {
        task->longest_ms = took_ms;
    }
}

bool scheduler_run_due(void)
{
    bool any = false;
    for (size_t i = 0; i < task_count; i++) {
        uint32_t now_ms = board_uptime_ms();
        if (overdue_ms(&tasks[i], now_ms) >= 0) {
            run_task(&tasks[i], now_ms);
            any = true;
        }
    }
    return any;
}

void scheduler_set_period(struct task *task, uint32_t period_ms)
{
    task->period_ms = period_ms;
    task->due_ms = board_uptime_ms() + period_ms;
}

const struct task *scheduler_task(size_t index)
{
    return index < task_count ? &tasks[index] : NULL;
}
