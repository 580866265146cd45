/*
 * Feeds the SMP server with damaged requests, and with noise between them, under the sanitizers.
 *
 *     hear_noise ROUNDS      says how many requests were answered
 *
 * Recovery is a stand-in that reads what it gets and keeps the count that the server relies on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "airdelta_smp.h"

#define HEADER_BYTES 8u
#define LARGEST_BODY_BYTES 240u

static struct airdelta_recovery recovery;
static struct airdelta_smp_server server;
static uint32_t chance = 1;
static uint32_t answers;
static uint8_t seen;

static uint32_t draw(uint32_t limit)
{
    chance = chance * 1664525u + 1013904223u; /* Numerical Recipes, 2nd edition, 7.1 */
    return (uint32_t)((uint64_t)chance * limit >> 32);
}

airdelta_device_status airdelta_recovery_begin(struct airdelta_recovery *asked,
                                               uint32_t package_bytes)
{
    asked->package_bytes = package_bytes;
    asked->received_bytes = 0;
    return AIRDELTA_DEVICE_OK;
}

airdelta_device_status airdelta_recovery_take(struct airdelta_recovery *asked,
                                              const uint8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) seen ^= bytes[i];
    if (count > asked->package_bytes - asked->received_bytes) return AIRDELTA_REJECTED_SIZE;
    asked->received_bytes += count;
    return AIRDELTA_DEVICE_OK;
}

static void hear(void *context, const uint8_t *bytes, uint32_t count)
{
    (void)context;
    for (uint32_t i = 0; i < count; i++) (void)airdelta_smp_take(&server, bytes[i]);
}

static void count_answer(void *context, const uint8_t *bytes, uint32_t count)
{
    (void)context;
    if (count < 3 || bytes[count - 1] != '\n') abort();
    answers += bytes[0] == 6;
}

/* An upload, as clients send it: {"off": 0, "len": 9, "data": 200 bytes, "sha": nothing}. */
static uint32_t write_upload(uint8_t *body)
{
    static const uint8_t FIELDS[] = {0xA4, 0x63, 'o', 'f',  'f',  0x00, 0x63, 'l', 'e',
                                     'n',  0x19, 1,   0,    0x63, 's',  'h',  'a', 0x40,
                                     0x64, 'd',  'a', 't',  'a',  0x58, 200};
    memcpy(body, FIELDS, sizeof FIELDS);
    for (uint32_t i = 0; i < 200; i++) body[sizeof FIELDS + i] = (uint8_t)draw(256);
    return (uint32_t)sizeof FIELDS + 200u;
}

static void send_damaged_request(void)
{
    uint8_t message[HEADER_BYTES + LARGEST_BODY_BYTES] = {8u | draw(4), 0, 0, 0, 0, draw(3), 1};
    uint32_t count = write_upload(message + HEADER_BYTES);
    message[7] = (uint8_t)draw(8);
    for (uint32_t changes = draw(5); changes > 0; changes--) {
        message[HEADER_BYTES + draw(draw(2) ? 26 : count)] = (uint8_t)draw(256);
    }
    if (draw(4) == 0) count = draw(count);
    message[2] = (uint8_t)(count >> 8);
    message[3] = (uint8_t)count;
    smp_frame_send(hear, NULL, message, HEADER_BYTES + count);
}

static void make_noise(void)
{
    static const uint8_t TELLING[] = {6, 9, 4, 20, '\n', '=', 'A', '/', 0, '\r'};
    for (uint32_t count = draw(40); count > 0; count--) {
        uint8_t byte = draw(2) ? TELLING[draw(sizeof TELLING)] : (uint8_t)draw(256);
        hear(NULL, &byte, 1);
    }
}

int main(int count, char **arguments)
{
    if (count != 2) return 2;
    server.recovery = &recovery;
    server.send = count_answer;
    airdelta_smp_start(&server);
    for (long rounds = strtol(arguments[1], NULL, 10); rounds > 0; rounds--) {
        send_damaged_request();
        if (draw(3) == 0) make_noise();
    }
    printf("%u answers\n", (unsigned)answers);
    return 0;
}
