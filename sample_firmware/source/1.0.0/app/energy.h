/* Where the battery's charge goes: an account by consumer, in microampere seconds. */
#ifndef APP_ENERGY_H
#define APP_ENERGY_H

#include <stdint.h>

#include "drivers/radio.h"

enum consumer { CONSUMER_SLEEP, CONSUMER_PROCESSOR, CONSUMER_TRANSMITTER, CONSUMER_RECEIVER,
                CONSUMER_COUNT };

/* Accounts a frame that was sent, and the windows in which its answer may come. */
void energy_transmitted(const struct radio_channel *channel, uint32_t airtime_us);
void energy_listened(uint32_t listening_ms);

/* Accounts time in which the processor ran. */
void energy_ran(uint32_t running_ms);

/* What a consumer has used since reset; sleep is everything that is not running. */
uint64_t energy_used_uas(enum consumer consumer);

const char *energy_consumer_name(enum consumer consumer);

/* Days that a full battery lasts at the average current since reset; 0 in the first second. */
uint32_t energy_days(void);

#endif
