#include "app/clock_sync.h"

#include <stdbool.h>
#include <string.h>

#include "lib/byte_order.h"
#include "os/wall_clock.h"

#define PACKAGE_ID 1
#define PACKAGE_VERSION 1
#define TOKEN_MASK 0x0Fu
#define ANSWER_REQUIRED 0x10u
#define ANSWER_LIMIT 16

enum command_id {
    PACKAGE_VERSION_COMMAND = 0x00,
    APP_TIME = 0x01,
    PERIODICITY = 0x02,
    FORCE_RESYNC = 0x03,
};

static uint8_t answers[ANSWER_LIMIT];
static size_t answer_bytes;
static uint8_t token;
static uint32_t period_ms; /* 0: only when asked */
static uint32_t last_request_ms;
static uint8_t forced_requests;

static void queue(const uint8_t *bytes, size_t size)
{
    if (answer_bytes + size <= sizeof answers) {
        memcpy(answers + answer_bytes, bytes, size);
        answer_bytes += size;
    }
}

enum link_result clock_sync_request(void)
{
    uint8_t payload[ANSWER_LIMIT + 6];
    memcpy(payload, answers, answer_bytes);
    uint8_t *request = payload + answer_bytes;
    request[0] = APP_TIME;
    put_le32(request + 1, wall_clock_gps_s());
    request[5] = (uint8_t)(token | ANSWER_REQUIRED);
    struct uplink uplink = {
        .port = CLOCK_SYNC_PORT,
        .payload = payload,
        .payload_bytes = answer_bytes + 6u,
    };
    enum link_result result = link_send(&uplink);
    if (result == LINK_SENT) {
        answer_bytes = 0;
    }
    return result;
}

/* An answer with an old token is late: its correction was applied already or is out of date. */
static void handle_app_time(const uint8_t *arguments)
{
    if ((arguments[4] & TOKEN_MASK) == token) {
        wall_clock_adjust((int32_t)get_le32(arguments));
        token = (uint8_t)((token + 1u) & TOKEN_MASK);
    }
}

static void handle_package_version(const uint8_t *arguments)
{
    static const uint8_t answer[] = {PACKAGE_VERSION_COMMAND, PACKAGE_ID, PACKAGE_VERSION};
    (void)arguments;
    queue(answer, sizeof answer);
}

/* The period is 128 * 2^n seconds. */
static void handle_periodicity(const uint8_t *arguments)
{
    uint8_t answer[6] = {PERIODICITY, 0};
    period_ms = 128000u << (arguments[0] & 0x0Fu);
    put_le32(answer + 2, wall_clock_gps_s());
    queue(answer, sizeof answer);
}

static void handle_force_resync(const uint8_t *arguments)
{
    forced_requests = arguments[0] & 0x07u;
}

void clock_sync_handle(const uint8_t *payload, size_t size)
{
    static const struct {
        uint8_t argument_bytes;
        void (*handle)(const uint8_t *arguments);
    } handlers[] = {
        [PACKAGE_VERSION_COMMAND] = {0, handle_package_version},
        [APP_TIME] = {5, handle_app_time},
        [PERIODICITY] = {1, handle_periodicity},
        [FORCE_RESYNC] = {1, handle_force_resync},
    };
    while (size > 0 && payload[0] <= FORCE_RESYNC && handlers[payload[0]].argument_bytes < size) {
        size_t used = 1u + handlers[payload[0]].argument_bytes;
        handlers[payload[0]].handle(payload + 1);
        payload += used;
        size -= used;
    }
}

void clock_sync_run(uint32_t now_ms)
{
    bool due = period_ms != 0 && now_ms - last_request_ms >= period_ms;
    if (!link_node()->session.active || (!due && forced_requests == 0)) {
        return;
    }
    if (clock_sync_request() == LINK_SENT) {
        last_request_ms = now_ms;
        if (forced_requests > 0) {
            forced_requests--;
        }
    }
}
