/* The radio of drivers/radio.h on a Semtech SX1262. */
#include <string.h>

#include "drivers/radio.h"
#include "drivers/radio_bus.h"
#include "drivers/sx1262.h"
#include "lib/byte_order.h"
#include "lib/fixed_point.h"

#define COMMAND_BYTES 10
#define FRAME_LIMIT 255u
#define PREAMBLE_SYMBOLS 8u
#define TIMEOUT_STEP_NS 15625u /* data sheet, section 13.1.4 */
#define LOWEST_POWER_DBM (-9)
#define HIGHEST_POWER_DBM 22

/* Supply current at 868 MHz by output power, as Semtech's SWL2001 (ral_sx126x_bsp.c) gives it. */
static const struct curve_point supply_current[] = {{14, 8930}, {20, 10380}, {22, 11790}};

static void command(uint8_t code, const uint8_t *arguments, size_t size)
{
    uint8_t out[COMMAND_BYTES] = {code};
    memcpy(out + 1, arguments, size);
    radio_bus_transfer(out, NULL, size + 1);
}

static void command_byte(uint8_t code, uint8_t argument)
{
    command(code, &argument, 1);
}

static uint16_t interrupt_status(void)
{
    static const uint8_t out[4] = {SX1262_GET_IRQ};
    uint8_t in[4];
    radio_bus_transfer(out, in, sizeof in);
    return get_be16(in + 2);
}

static void clear_interrupts(void)
{
    static const uint8_t all[2] = {0xFF, 0xFF};
    command(SX1262_CLEAR_IRQ, all, sizeof all);
}

bool radio_init(void)
{
    /* Image calibration for 863 to 870 MHz: data sheet, table 9-2. */
    static const uint8_t eu868[2] = {0xD7, 0xDB};
    /* Power amplifier set for up to 22 dBm: data sheet, table 13-21. */
    static const uint8_t amplifier[4] = {0x04, 0x07, 0x00, 0x01};
    static const uint8_t buffer_bases[2] = {0, 0};
    static const uint8_t interrupts[8] = {
        SX1262_IRQ_TIMEOUT >> 8, SX1262_IRQ_TX_DONE, SX1262_IRQ_TIMEOUT >> 8, SX1262_IRQ_TX_DONE,
    };
    uint8_t sync_word[4];
    put_be16(sync_word, SX1262_REGISTER_SYNC_WORD);
    put_be16(sync_word + 2, SX1262_SYNC_WORD_PUBLIC);

    command_byte(SX1262_SET_STANDBY, SX1262_STANDBY_RC);
    command_byte(SX1262_SET_REGULATOR, SX1262_REGULATOR_DCDC);
    command(SX1262_CALIBRATE_IMAGE, eu868, sizeof eu868);
    command_byte(SX1262_SET_PACKET_TYPE, SX1262_PACKET_LORA);
    command(SX1262_SET_PA, amplifier, sizeof amplifier);
    command(SX1262_SET_BUFFER_BASE, buffer_bases, sizeof buffer_bases);
    command(SX1262_WRITE_REGISTER, sync_word, sizeof sync_word);
    command(SX1262_SET_DIO_IRQ, interrupts, sizeof interrupts);
    clear_interrupts();
    return interrupt_status() == 0;
}

static void set_frequency(uint32_t frequency_hz)
{
    uint8_t steps[4];
    put_be32(steps, (uint32_t)(((uint64_t)frequency_hz << SX1262_FREQUENCY_BITS) /
                               SX1262_CRYSTAL_HZ));
    command(SX1262_SET_FREQUENCY, steps, sizeof steps);
}

static void set_modulation(const struct radio_channel *channel)
{
    uint8_t parameters[4] = {
        channel->spreading_factor,
        channel->bandwidth_hz == 250000u ? SX1262_BANDWIDTH_250K : SX1262_BANDWIDTH_125K,
        SX1262_CODING_RATE_4_5,
        radio_low_data_rate(channel),
    };
    command(SX1262_SET_MODULATION, parameters, sizeof parameters);
}

static void set_power(int8_t power_dbm)
{
    int32_t power = clamp_i32(power_dbm, LOWEST_POWER_DBM, HIGHEST_POWER_DBM);
    uint8_t parameters[2] = {(uint8_t)power, SX1262_RAMP_200_US};
    command(SX1262_SET_TX_POWER, parameters, sizeof parameters);
}

static void set_packet(size_t size)
{
    /* Explicit header, CRC on, standard IQ: an uplink. */
    uint8_t parameters[6] = {0, PREAMBLE_SYMBOLS, 0, (uint8_t)size, 1, 0};
    command(SX1262_SET_PACKET, parameters, sizeof parameters);
}

static void write_frame(const uint8_t *frame, size_t size)
{
    uint8_t out[FRAME_LIMIT + 2] = {SX1262_WRITE_BUFFER, 0};
    memcpy(out + 2, frame, size);
    radio_bus_transfer(out, NULL, size + 2);
}

bool radio_transmit(const struct radio_channel *channel, const uint8_t *frame, size_t size)
{
    if (size > FRAME_LIMIT) {
        return false;
    }
    set_frequency(channel->frequency_hz);
    set_modulation(channel);
    set_power(channel->power_dbm);
    set_packet(size);
    write_frame(frame, size);

    /* Twice the time on the air: a radio that needs longer hangs. */
    uint8_t timeout[3];
    uint64_t timeout_ns = 2000ull * radio_airtime_us(channel, size);
    put_be24(timeout, (uint32_t)(timeout_ns / TIMEOUT_STEP_NS));
    command(SX1262_SET_TX, timeout, sizeof timeout);
    uint16_t status;
    do {
        status = interrupt_status();
    } while ((status & (SX1262_IRQ_TX_DONE | SX1262_IRQ_TIMEOUT)) == 0);
    clear_interrupts();
    command_byte(SX1262_SET_SLEEP, SX1262_SLEEP_WARM);
    return (status & SX1262_IRQ_TX_DONE) != 0;
}

uint32_t radio_transmit_current_10ua(int8_t power_dbm)
{
    return (uint32_t)interpolate(supply_current, sizeof supply_current / sizeof supply_current[0],
                                 power_dbm);
}
