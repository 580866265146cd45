#include "lorawan/receive_windows.h"

#include "lorawan/region.h"

/* A receiver needs at least five symbols to recognise a preamble (SX1262 data sheet, 6.1.1.1). */
#define PREAMBLE_DETECTION_SYMBOLS 5u

/* The node's clock is off by up to this much per second: a 20 ppm crystal at both ends. */
#define CLOCK_ERROR_US_PER_S 40u

static uint16_t listening_ms(uint8_t rate, uint32_t delay_s)
{
    const struct data_rate *parameters = region_data_rate(rate);
    if (parameters == NULL) {
        return 0;
    }
    struct radio_channel channel = {
        .bandwidth_hz = parameters->bandwidth_hz,
        .spreading_factor = parameters->spreading_factor,
    };
    uint32_t needed_us = PREAMBLE_DETECTION_SYMBOLS * radio_symbol_us(&channel);
    return (uint16_t)((needed_us + 2u * CLOCK_ERROR_US_PER_S * delay_s + 999u) / 1000u);
}

void receive_windows_plan(const struct lorawan_node *node, uint32_t frequency_hz, uint32_t ended_ms,
                          struct receive_window windows[RECEIVE_WINDOWS])
{
    const struct lorawan_session *session = &node->session;
    uint8_t offset = session->rx1_rate_offset;
    uint32_t delay_s = session->rx1_delay_s;
    uint8_t first_rate = session->data_rate > offset ? (uint8_t)(session->data_rate - offset) : 0;
    windows[0] = (struct receive_window){
        .opens_ms = ended_ms + 1000u * delay_s,
        .frequency_hz = frequency_hz,
        .data_rate = first_rate,
        .listens_ms = listening_ms(first_rate, delay_s),
    };
    windows[1] = (struct receive_window){
        .opens_ms = ended_ms + 1000u * (delay_s + 1u),
        .frequency_hz = session->rx2_frequency_hz,
        .data_rate = session->rx2_rate,
        .listens_ms = listening_ms(session->rx2_rate, delay_s + 1u),
    };
}
