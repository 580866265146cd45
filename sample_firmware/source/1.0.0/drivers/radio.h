/* The LoRa radio: what to send, how long it takes and what it costs. */
#ifndef DRIVERS_RADIO_H
#define DRIVERS_RADIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct radio_channel {
    uint32_t frequency_hz;
    uint32_t bandwidth_hz;
    uint8_t spreading_factor;
    int8_t power_dbm;
};

/* Wakes the radio and sets what never changes; false when it does not answer. */
bool radio_init(void);

/* Sends a frame and returns when it is out; false when the radio does not report that. */
bool radio_transmit(const struct radio_channel *channel, const uint8_t *frame, size_t size);

/* Supply current while sending, in hundredths of a milliampere. */
uint32_t radio_transmit_current_10ua(int8_t power_dbm);

/* Duration of one symbol. */
uint32_t radio_symbol_us(const struct radio_channel *channel);

/* Whether symbols are so long that the modem must run in its low data rate mode. */
bool radio_low_data_rate(const struct radio_channel *channel);

/* Microseconds for an uplink: preamble of 8, explicit header, payload CRC, coding rate 4/5. */
uint32_t radio_airtime_us(const struct radio_channel *channel, size_t frame_bytes);

#endif
