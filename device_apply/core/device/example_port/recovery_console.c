#include "recovery_console.h"

#include "airdelta_smp.h"
#include "board.h"

static struct airdelta_recovery recovery;
static struct airdelta_smp_server server;

static void send_line(void *context, const uint8_t *bytes, uint32_t count)
{
    (void)context;
    uart_write((const char *)bytes, count);
}

void recovery_console_run(const struct airdelta_device_config *config)
{
    if (airdelta_recovery_open(&recovery, config, 0) != AIRDELTA_DEVICE_OK) return;
    server.recovery = &recovery;
    server.send = send_line;
    airdelta_smp_start(&server);
    for (;;) {
        int byte = uart_read();
        board_feed_watchdog();
        if (byte >= 0 && airdelta_smp_take(&server, (uint8_t)byte)) return;
    }
}
