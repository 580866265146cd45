/* What the board does when no slot may run: it waits for an image on its UART. */
#ifndef EXAMPLE_RECOVERY_CONSOLE_H
#define EXAMPLE_RECOVERY_CONSOLE_H

#include "airdelta_device.h"

/* Serve until a client wants a reset. */
void recovery_console_run(const struct airdelta_device_config *config);

#endif
