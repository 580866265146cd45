/*
 * An SX1262 that is always done at once: it decodes the driver's commands and prints each frame as
 * "air <Hz> SF<n> <dBm> <bytes>", so that a host can play the network.
 */
#include <string.h>

#include "console/output.h"
#include "drivers/radio.h"
#include "drivers/radio_bus.h"
#include "drivers/sx1262.h"
#include "lib/byte_order.h"
#include "simulation/environment.h"

#define BUFFER_BYTES 256

static uint8_t buffer[BUFFER_BYTES];
static uint8_t payload_bytes;
static uint16_t interrupts;
static struct radio_channel channel;

/* Rounds to 100 Hz, which hides that the synthesiser's steps are not whole hertz. */
static uint32_t frequency_from_steps(uint32_t steps)
{
    uint64_t hertz = ((uint64_t)steps * SX1262_CRYSTAL_HZ) >> SX1262_FREQUENCY_BITS;
    return (uint32_t)((hertz + 50u) / 100u * 100u);
}

static void send(void)
{
    console_print("air %lu SF%u %d ", (unsigned long)channel.frequency_hz,
                  channel.spreading_factor, channel.power_dbm);
    console_write_bytes(buffer, payload_bytes);
    console_write("\n");
    uint64_t charge = (uint64_t)radio_airtime_us(&channel, payload_bytes) *
                      radio_transmit_current_10ua(channel.power_dbm);
    environment_drain((uint32_t)(charge / 100000u));
    interrupts |= SX1262_IRQ_TX_DONE;
}

static void write_buffer(uint8_t offset, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        buffer[(offset + i) % BUFFER_BYTES] = bytes[i];
    }
}

void radio_bus_transfer(const uint8_t *out, uint8_t *in, size_t size)
{
    const uint8_t *arguments = out + 1;
    switch (out[0]) {
    case SX1262_SET_FREQUENCY:
        channel.frequency_hz = frequency_from_steps(get_be32(arguments));
        break;
    case SX1262_SET_MODULATION:
        channel.spreading_factor = arguments[0];
        channel.bandwidth_hz = arguments[1] == SX1262_BANDWIDTH_250K ? 250000u : 125000u;
        break;
    case SX1262_SET_TX_POWER:
        channel.power_dbm = (int8_t)arguments[0];
        break;
    case SX1262_SET_PACKET:
        payload_bytes = arguments[3];
        break;
    case SX1262_WRITE_BUFFER:
        write_buffer(arguments[0], arguments + 1, size - 2);
        break;
    case SX1262_SET_TX:
        send();
        break;
    case SX1262_CLEAR_IRQ:
        interrupts &= (uint16_t)~get_be16(arguments);
        break;
    default: /* set-up that leaves no trace on the air */
        break;
    }
    if (in != NULL) {
        memset(in, 0, size);
        if (out[0] == SX1262_GET_IRQ) {
            put_be16(in + 2, interrupts);
        }
    }
}
