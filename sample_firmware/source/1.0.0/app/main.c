/* The node: starts everything, then runs tasks for ever. */
#include "app/alarms.h"
#include "app/clock_sync.h"
#include "app/commands.h"
#include "app/energy.h"
#include "app/history.h"
#include "app/reporter.h"
#include "app/sampler.h"
#include "app/version.h"
#include "board/board.h"
#include "config/settings.h"
#include "console/console.h"
#include "console/output.h"
#include "drivers/radio.h"
#include "lorawan/region.h"
#include "os/crash_record.h"
#include "os/event_log.h"
#include "os/scheduler.h"

#define CONSOLE_PERIOD_MS 5u
#define REPORTER_PERIOD_MS 500u

static struct task *sampler_task;
static struct task *alarms_task;

/* A task: lets changed settings act without a reset. */
static void apply_settings(uint32_t now_ms)
{
    static uint32_t applied;
    (void)now_ms;
    if (applied != settings_generation()) {
        applied = settings_generation();
        uint32_t period_ms = (uint32_t)settings_number(SETTING_SAMPLE_PERIOD_S) * 1000u;
        scheduler_set_period(sampler_task, period_ms);
        scheduler_set_period(alarms_task, period_ms);
    }
}

static void start(void)
{
    struct crash_record crash;
    event_log_add(EVENT_BOOT, crash_record_read(&crash) ? crash.count : 0);
    settings_load();
    region_reset();
    sampler_init();
    if (!radio_init()) {
        event_log_add(EVENT_RADIO_FAILED, 0);
    }

    commands_system_add();
    commands_memory_add();
    commands_measuring_add();
    commands_config_add();
    commands_lorawan_add();

    uint32_t sample_ms = (uint32_t)settings_number(SETTING_SAMPLE_PERIOD_S) * 1000u;
    scheduler_add("console", console_run, CONSOLE_PERIOD_MS);
    sampler_task = scheduler_add("sampler", sampler_run, sample_ms);
    alarms_task = scheduler_add("alarms", alarms_run, sample_ms);
    scheduler_add("history", history_run, HISTORY_PERIOD_MS);
    scheduler_add("reporter", reporter_run, REPORTER_PERIOD_MS);
    scheduler_add("clock", clock_sync_run, REPORTER_PERIOD_MS);
    scheduler_add("settings", apply_settings, REPORTER_PERIOD_MS);
}

int main(void)
{
    board_init();
    start();
    console_print("sensor-node %s %s ready\n", VERSION_TEXT, board_name);
    for (;;) {
        uint32_t began_ms = board_uptime_ms();
        if (scheduler_run_due()) {
            energy_ran(board_uptime_ms() - began_ms);
        } else {
            board_wait_for_interrupt();
        }
    }
}
