/* When to report: every report period, and at once when an alarm changes or somebody asks. */
#ifndef APP_REPORTER_H
#define APP_REPORTER_H

#include <stdint.h>

#include "app/link.h"

/* A task: decides whether a report is due and sends it. */
void reporter_run(uint32_t now_ms);

/* Asks for a report at the next run. */
void reporter_request(void);

/* Sends a report now. */
enum link_result reporter_send(void);

#endif
