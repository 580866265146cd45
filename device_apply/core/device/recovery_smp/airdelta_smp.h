/*
 * An SMP (mcumgr) server on a serial line, for recovery: `smpmgr` or any other client uploads a
 * package (airdelta_recovery.h) and resets the device.
 *
 *     group 0  echo (0), reset (5), parameters (6)
 *     group 1  image state (0, read only), upload (1)
 *
 * What it does not know it answers with "not supported". The image states are the slots as the
 * state log has them, with the security counter for a version. Source: Zephyr's documentation, "SMP
 * protocol specification" with its groups 0 and 1.
 */
#ifndef AIRDELTA_SMP_H
#define AIRDELTA_SMP_H

#include "airdelta_recovery.h"
#include "smp_frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Longest request with its frame; clients ask for it (parameters) and fill it. */
#define AIRDELTA_SMP_BUFFER_BYTES 512u

/* One server. `send` is called with whole lines. All but the first three fields are private. */
struct airdelta_smp_server {
    struct airdelta_recovery *recovery;
    void (*send)(void *context, const uint8_t *bytes, uint32_t count);
    void *context;
    struct smp_frame frame;
    uint8_t buffer[AIRDELTA_SMP_BUFFER_BYTES];
};

/* Start to listen; the first three fields are set. */
void airdelta_smp_start(struct airdelta_smp_server *server);

/* Take a received byte, and do what it completes; 1 if the client wants a reset, which its answer
 * has announced. */
int airdelta_smp_take(struct airdelta_smp_server *server, uint8_t byte);

#ifdef __cplusplus
}
#endif

#endif
