/* Time on the air (Semtech AN1200.13, section 4; SX1262 data sheet, section 6.1.4). */
#include "drivers/radio.h"

#define PREAMBLE_SYMBOLS 8u
#define SYMBOLS_OF_ONE_BLOCK 5u /* coding rate 4/5 */

uint32_t radio_symbol_us(const struct radio_channel *channel)
{
    return (uint32_t)((1000000ull << channel->spreading_factor) / channel->bandwidth_hz);
}

/* Long symbols drift: the modem then spends two bits of each on robustness. */
bool radio_low_data_rate(const struct radio_channel *channel)
{
    return radio_symbol_us(channel) > 16384u;
}

uint32_t radio_airtime_us(const struct radio_channel *channel, size_t frame_bytes)
{
    int32_t spreading_factor = channel->spreading_factor;
    int32_t bits_per_symbol = spreading_factor - (radio_low_data_rate(channel) ? 2 : 0);
    int32_t bits = 8 * (int32_t)frame_bytes - 4 * spreading_factor + 28 + 16;
    uint32_t blocks = 0;
    if (bits > 0) {
        blocks = (uint32_t)((bits + 4 * bits_per_symbol - 1) / (4 * bits_per_symbol));
    }
    uint32_t symbols = PREAMBLE_SYMBOLS + 8u + blocks * SYMBOLS_OF_ONE_BLOCK;
    /* The preamble ends with 4.25 symbols of synchronisation. */
    return symbols * radio_symbol_us(channel) + 17u * radio_symbol_us(channel) / 4u;
}
