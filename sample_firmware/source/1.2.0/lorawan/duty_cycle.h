/*
 * The legal share of time on the air, by sub-band (ERC Recommendation 70-03, annex 1, bands h).
 * Joining anew does not clear the account: the law knows no sessions.
 */
#ifndef LORAWAN_DUTY_CYCLE_H
#define LORAWAN_DUTY_CYCLE_H

#include <stdint.h>

#include "lorawan/node.h"

/* Milliseconds until the sub-band of a frequency is free; 0 when it is now. */
uint32_t duty_cycle_wait_ms(struct duty_cycle *cycle, uint32_t frequency_hz, uint32_t now_ms);

/* Records a frame that ended now. */
void duty_cycle_spend(struct duty_cycle *cycle, uint32_t frequency_hz, uint32_t airtime_us,
                      uint32_t now_ms);

/* DutyCycleReq: all bands together at most 1 / 2^exponent of the time; 0 for no such limit. */
void duty_cycle_set_aggregate(struct duty_cycle *cycle, uint8_t exponent);

/* Milliseconds on the air since reset. */
uint32_t duty_cycle_total_ms(const struct duty_cycle *cycle);

#endif
