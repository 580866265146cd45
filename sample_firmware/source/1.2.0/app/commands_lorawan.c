/* Commands that play the network or look at the link. */
#include "app/clock_sync.h"
#include "app/commands.h"
#include "app/history_upload.h"
#include "app/link.h"
#include "app/remote_control.h"
#include "app/reporter.h"
#include "board/board.h"
#include "config/settings.h"
#include "console/console.h"
#include "console/output.h"
#include "lib/text.h"
#include "lorawan/duty_cycle.h"
#include "lorawan/limits.h"
#include "lorawan/node.h"
#include "lorawan/region.h"

static const char *error_of(enum link_result result)
{
    return result == LINK_SENT ? NULL : link_result_text(result);
}

static const char *run_join(size_t count, char *words[])
{
    (void)count;
    (void)words;
    return error_of(link_join());
}

static const char *run_abp(size_t count, char *words[])
{
    (void)count;
    uint32_t address;
    uint8_t network_key[AES128_KEY_BYTES];
    uint8_t application_key[AES128_KEY_BYTES];
    size_t network_bytes;
    size_t application_bytes;
    if (!text_to_u32(words[1], &address)) {
        return "not an address";
    }
    if (!text_to_bytes(words[2], network_key, sizeof network_key, &network_bytes) ||
        !text_to_bytes(words[3], application_key, sizeof application_key, &application_bytes) ||
        network_bytes != AES128_KEY_BYTES || application_bytes != AES128_KEY_BYTES) {
        return "a key is 32 hexadecimal digits";
    }
    lorawan_node_activate(link_node(), address, network_key, application_key);
    return NULL;
}

static void print_windows(void)
{
    const struct receive_window *windows = link_receive_windows();
    for (int i = 0; i < RECEIVE_WINDOWS; i++) {
        if (windows[i].frequency_hz != 0) {
            console_print("rx%d at %lu ms for %u ms, %lu Hz, data rate %u\n", i + 1,
                          (unsigned long)windows[i].opens_ms, windows[i].listens_ms,
                          (unsigned long)windows[i].frequency_hz, windows[i].data_rate);
        }
    }
}

static void print_counts(void)
{
    const struct link_counts *counts = link_counts();
    struct remote_control_counts remote = remote_control_counts();
    const struct link_report *report = &link_node()->report;
    console_print("sent %lu, joins %lu, accepted %lu, refused %lu, acknowledged %lu\n",
                  (unsigned long)counts->sent, (unsigned long)counts->joins,
                  (unsigned long)counts->accepted, (unsigned long)counts->refused,
                  (unsigned long)counts->acknowledged);
    console_print("remote control: obeyed %lu, ignored %lu\n", (unsigned long)remote.obeyed,
                  (unsigned long)remote.ignored);
    if (report->checks > 0) {
        console_print("link check: margin %u dB, %u gateways\n", report->margin_db,
                      report->gateways);
    }
}

static const char *run_session(size_t count, char *words[])
{
    (void)count;
    (void)words;
    const struct lorawan_node *node = link_node();
    const struct lorawan_session *session = &node->session;
    console_print("address %08lx, %s\n", (unsigned long)session->device_address,
                  session->active ? "joined" : "not joined");
    console_print("up %lu, down %lu, unanswered %lu\n", (unsigned long)session->uplink_counter,
                  (unsigned long)session->downlink_counter,
                  (unsigned long)node->unanswered);
    console_print("data rate %u, power %d dBm, repetitions %u\n", session->data_rate,
                  region_power_dbm(session->power_step), session->repetitions);
    console_print("rx1 after %u s, offset %u; rx2 rate %u at %lu Hz\n", session->rx1_delay_s,
                  session->rx1_rate_offset, session->rx2_rate,
                  (unsigned long)session->rx2_frequency_hz);
    print_windows();
    print_counts();
    console_print("on the air for %lu ms\n", (unsigned long)duty_cycle_total_ms(&node->duty_cycle));
    return NULL;
}

static const char *run_channels(size_t count, char *words[])
{
    (void)count;
    (void)words;
    struct lorawan_node *node = link_node();
    uint32_t now_ms = board_uptime_ms();
    for (uint8_t i = 0; i < REGION_CHANNELS; i++) {
        uint32_t frequency_hz = region_frequency_hz(&node->plan, i);
        if (frequency_hz != 0) {
            console_print("%2u %lu Hz %s, free in %lu ms\n", i, (unsigned long)frequency_hz,
                          (node->plan.enabled & (1u << i)) ? "on" : "off",
                          (unsigned long)duty_cycle_wait_ms(&node->duty_cycle, frequency_hz,
                                                            now_ms));
        }
    }
    return NULL;
}

static const char *run_send(size_t count, char *words[])
{
    if (count == 1) {
        return error_of(reporter_send());
    }
    uint8_t payload[LORAWAN_PAYLOAD_BYTES];
    struct uplink uplink = {.payload = payload};
    uint32_t port;
    if (!text_to_u32(words[1], &port) || port < 1 || port > 223) {
        return "a port is 1 to 223";
    }
    if (count < 3 ||
        !text_to_bytes(words[2], payload, sizeof payload, &uplink.payload_bytes)) {
        return "not hexadecimal, or more than 222 bytes";
    }
    uplink.port = (uint8_t)port;
    uplink.confirmed = settings_number(SETTING_CONFIRMED) != 0;
    return error_of(link_send(&uplink));
}

static const char *run_upload(size_t count, char *words[])
{
    (void)count;
    (void)words;
    uint8_t payload[LORAWAN_PAYLOAD_BYTES];
    struct uplink uplink = {.port = HISTORY_UPLOAD_PORT, .payload = payload};
    if (!link_node()->session.active) {
        return link_result_text(LINK_NOT_JOINED);
    }
    uplink.payload_bytes = history_upload_encode(payload, uplink_frame_room(link_node()));
    if (uplink.payload_bytes == 0) {
        return "no history yet";
    }
    return error_of(link_send(&uplink));
}

static const char *run_clock(size_t count, char *words[])
{
    (void)count;
    (void)words;
    return error_of(clock_sync_request());
}

static const char *run_downlink(size_t count, char *words[])
{
    (void)count;
    uint8_t frame[LORAWAN_FRAME_BYTES];
    size_t size;
    if (!text_to_bytes(words[1], frame, sizeof frame, &size) || size == 0) {
        return "not hexadecimal, or more than 255 bytes";
    }
    return link_receive(frame, size);
}

static const char *run_airtime(size_t count, char *words[])
{
    (void)count;
    uint32_t spreading_factor;
    uint32_t frame_bytes;
    if (!text_to_u32(words[1], &spreading_factor) || spreading_factor < 7 ||
        spreading_factor > 12) {
        return "a spreading factor is 7 to 12";
    }
    if (!text_to_u32(words[2], &frame_bytes) || frame_bytes > LORAWAN_FRAME_BYTES) {
        return "a frame has at most 255 bytes";
    }
    struct radio_channel channel = {
        .bandwidth_hz = 125000,
        .spreading_factor = (uint8_t)spreading_factor,
    };
    console_print("%lu us\n", (unsigned long)radio_airtime_us(&channel, frame_bytes));
    return NULL;
}

static const struct command commands[] = {
    {"join", "", "send a join request", 1, run_join},
    {"abp", "ADDRESS NWKSKEY APPSKEY", "activate by personalisation", 4, run_abp},
    {"session", "", "state of the link", 1, run_session},
    {"channels", "", "frequencies and their duty cycle", 1, run_channels},
    {"send", "[PORT HEX]", "send a report, or given bytes", 1, run_send},
    {"upload", "", "send as much history as fits a frame", 1, run_upload},
    {"clock", "", "ask the application server for the time", 1, run_clock},
    {"downlink", "HEX", "take a frame as if received", 2, run_downlink},
    {"airtime", "SF BYTES", "time of a frame on the air at 125 kHz", 3, run_airtime},
};

void commands_lorawan_add(void)
{
    console_add_commands(commands, sizeof commands / sizeof commands[0]);
}
