/* Commands about the node itself. */
#include "app/commands.h"
#include "app/energy.h"
#include "app/self_test.h"
#include "app/version.h"
#include "board/board.h"
#include "console/console.h"
#include "console/output.h"
#include "lib/calendar.h"
#include "lib/text.h"
#include "os/crash_record.h"
#include "os/event_log.h"
#include "os/scheduler.h"
#include "os/wall_clock.h"

static const char *run_version(size_t count, char *words[])
{
    (void)count;
    (void)words;
    console_print("sensor-node %s %s\n", VERSION_TEXT, board_name);
    return NULL;
}

static const char *run_uptime(size_t count, char *words[])
{
    (void)count;
    (void)words;
    uint32_t uptime_ms = board_uptime_ms();
    console_print("%lu.%03lu s\n", (unsigned long)(uptime_ms / 1000u),
                  (unsigned long)(uptime_ms % 1000u));
    uint32_t unix_s;
    if (wall_clock_unix_s(&unix_s)) {
        char text[CALENDAR_TEXT_BYTES];
        struct calendar now = calendar_from_unix(unix_s);
        calendar_to_text(&now, text);
        console_print("%s\n", text);
    }
    return NULL;
}

static const char *run_tasks(size_t count, char *words[])
{
    (void)count;
    (void)words;
    const struct task *task;
    for (size_t i = 0; (task = scheduler_task(i)) != NULL; i++) {
        console_print("%-10s every %lu ms, %lu runs, longest %lu ms, latest %lu ms late\n",
                      task->name, (unsigned long)task->period_ms, (unsigned long)task->runs,
                      (unsigned long)task->longest_ms, (unsigned long)task->late_ms);
    }
    struct console_counts counts = console_counts();
    console_print("console    %lu ok, %lu errors, %lu bytes lost\n",
                  (unsigned long)counts.succeeded, (unsigned long)counts.failed,
                  (unsigned long)board_uart_dropped());
    return NULL;
}

static const char *run_energy(size_t count, char *words[])
{
    (void)count;
    (void)words;
    for (unsigned i = 0; i < CONSUMER_COUNT; i++) {
        uint64_t used_uas = energy_used_uas((enum consumer)i);
        console_print("%-12s %lu uAs\n", energy_consumer_name((enum consumer)i),
                      (unsigned long)used_uas);
    }
    console_print("a battery lasts %lu days like this\n", (unsigned long)energy_days());
    return NULL;
}

static const char *run_log(size_t count, char *words[])
{
    (void)count;
    (void)words;
    struct event_entry entry;
    console_print("%lu events since reset\n", (unsigned long)event_log_total());
    for (size_t age = 0; event_log_get(age, &entry); age++) {
        console_print("%10lu %-18s 0x%lx\n", (unsigned long)entry.time_ms, event_name(entry.event),
                      (unsigned long)entry.argument);
    }
    return NULL;
}

static const char *run_crash(size_t count, char *words[])
{
    if (count > 1) {
        if (!text_equal(words[1], "clear")) {
            return "the only argument is clear";
        }
        crash_record_clear();
        return NULL;
    }
    struct crash_record record;
    if (!crash_record_read(&record)) {
        console_write("none since power-on\n");
        return NULL;
    }
    console_print("%lu since power-on; the last after %lu ms: cause %lu at 0x%08lx, from 0x%08lx\n",
                  (unsigned long)record.count, (unsigned long)record.uptime_ms,
                  (unsigned long)record.cause, (unsigned long)record.program_counter,
                  (unsigned long)record.return_address);
    return NULL;
}

static const char *run_selftest(size_t count, char *words[])
{
    (void)count;
    (void)words;
    size_t passed;
    const char *failed = self_test_run(&passed);
    console_print("%u known answers match\n", (unsigned)passed);
    if (failed != NULL) {
        console_print("%s gives a wrong answer\n", failed);
        return "self test failed";
    }
    return NULL;
}

static const char *run_reboot(size_t count, char *words[])
{
    (void)count;
    (void)words;
    console_write("ok\n"); /* the caller will not get to say it */
    board_reset();
}

static const struct command commands[] = {
    {"version", "", "product, release and board", 1, run_version},
    {"uptime", "", "time since reset, and the date once the network told it", 1, run_uptime},
    {"tasks", "", "what runs how often and how long", 1, run_tasks},
    {"energy", "", "where the charge goes", 1, run_energy},
    {"log", "", "the last events, newest first", 1, run_log},
    {"crash", "[clear]", "why the node last restarted by itself", 1, run_crash},
    {"selftest", "", "known-answer tests of ciphers, checksums, formulas", 1, run_selftest},
    {"reboot", "", "start over; settings stay", 1, run_reboot},
};

void commands_system_add(void)
{
    console_add_commands(commands, sizeof commands / sizeof commands[0]);
}
