/*
 * The regional parameters of EU868 (LoRa Alliance RP002-1.0.3, section 2.4): data rates, channels,
 * transmit power.
 */
#ifndef LORAWAN_REGION_H
#define LORAWAN_REGION_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/radio.h"

#define REGION_CHANNELS 16
#define REGION_DATA_RATES 6
#define REGION_POWER_STEPS 8

struct data_rate {
    uint8_t spreading_factor;
    uint8_t payload_bytes; /* N: application payload without FOpts */
    uint32_t bandwidth_hz;
};

/* Back to the three channels that every network has. */
void region_reset(void);

/* The parameters of a data rate; NULL when the region has none of that number. */
const struct data_rate *region_data_rate(uint8_t index);

/* Output power of a LinkADRReq step; 0 is the strongest. */
int8_t region_power_dbm(uint8_t step);

/* Whether a channel is the network's to define: the first three are fixed. */
bool region_may_change(uint8_t index);

/* Creates, moves or (frequency 0) removes a channel. */
bool region_set_channel(uint8_t index, uint32_t frequency_hz, uint8_t lowest_rate,
                        uint8_t highest_rate);

/* Enables exactly the channels in the mask; false, and no change, when one does not exist. */
bool region_set_mask(uint16_t mask);
uint16_t region_mask(void);

/* The frequency of a channel; 0 when it does not exist. */
uint32_t region_frequency_hz(uint8_t index);

/* Chooses an enabled channel whose duty cycle allows a frame now; else says how long to wait. */
bool region_choose_channel(uint8_t rate, uint32_t now_ms, uint32_t *frequency_hz,
                           uint32_t *wait_ms);

/* Whether the region permits transmitting on a frequency at all. */
bool region_allows_frequency(uint32_t frequency_hz);

#endif
