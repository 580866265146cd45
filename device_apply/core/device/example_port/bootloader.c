/* The bootloader: choose a slot, let an update happen, start the image. */
#include <string.h>

#include "board.h"
#include "port.h"
#include "recovery_console.h"
#include "updater.h"

static void say(const char *text)
{
    uart_write(text, (uint32_t)strlen(text));
}

static void say_status(airdelta_device_status status)
{
    uint32_t number = (uint32_t)(status < 0 ? -status : status);
    char digits[] = {(char)('0' + number / 10u), (char)('0' + number % 10u), '\r', '\n'};
    say(status < 0 ? "-" : " ");
    uart_write(digits, sizeof digits);
}

int main(void)
{
    struct airdelta_boot_report report;
    board_start();
    airdelta_device_status status = airdelta_boot(&port, &layout, &report);
    if (status != AIRDELTA_DEVICE_OK) {
        say("boot: recovery, status ");
        say_status(status);
        recovery_console_run(&updater_config);
        board_reset();
    }
    say(report.slot == 0 ? "boot: slot A" : "boot: slot B");
    say(report.is_trial ? ", on trial\r\n" : "\r\n");
    status = updater_run((struct mailbox *)MAILBOX_ADDRESS, report.slot);
    if (status == AIRDELTA_DEVICE_BUSY) board_reset();
    if (status != AIRDELTA_DEVICE_OK) {
        say("boot: update refused, status ");
        say_status(status);
    }
    board_run(FLASH_ADDRESS + layout.slots[report.slot].offset);
}
