/* Recovery on the bench: the SMP server, with a serial line that ends in a buffer. */
#include <string.h>

#include "rig.h"

static void keep(void *context, const uint8_t *bytes, uint32_t count)
{
    struct bench *bench = context;
    uint32_t room = SAID_BYTES - bench->said_bytes;
    if (count > room) count = room;
    memcpy(bench->said + bench->said_bytes, bytes, count);
    bench->said_bytes += count;
}

int bench_recover(struct bench *bench)
{
    bench->server.recovery = &bench->recovery;
    bench->server.send = keep;
    bench->server.context = bench;
    bench->said_bytes = 0;
    airdelta_smp_start(&bench->server);
    return GUARDED(bench, airdelta_recovery_open(&bench->recovery, &bench->config, 0));
}

static int hear(struct bench *bench, const uint8_t *bytes, uint32_t count)
{
    int wants_reset = 0;
    for (uint32_t i = 0; i < count; i++) wants_reset |= airdelta_smp_take(&bench->server, bytes[i]);
    return wants_reset;
}

int bench_hear(struct bench *bench, const uint8_t *bytes, uint32_t count)
{
    return GUARDED(bench, hear(bench, bytes, count));
}

uint32_t bench_said(struct bench *bench, uint8_t *bytes, uint32_t count)
{
    if (count > bench->said_bytes) count = bench->said_bytes;
    memcpy(bytes, bench->said, count);
    bench->said_bytes = 0;
    return count;
}
