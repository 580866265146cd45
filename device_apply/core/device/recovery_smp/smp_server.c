#include "airdelta_smp.h"

#include <string.h>

#include "smp_cbor.h"

#define HEADER_BYTES 8u
#define OP_READ 0u
#define OP_WRITE 2u
#define OP_MASK 7u
#define GROUP_OS 0u
#define GROUP_IMAGE 1u
#define OS_ECHO 0u
#define OS_RESET 5u
#define OS_PARAMETERS 6u
#define IMAGE_STATE 0u
#define IMAGE_UPLOAD 1u

/* Result codes of all groups (`enum mcumgr_err_t`). */
#define RESULT_OK 0u
#define RESULT_UNKNOWN 1u
#define RESULT_INVALID 3u
#define RESULT_BAD_STATE 6u
#define RESULT_NOT_SUPPORTED 8u
#define RESULT_ACCESS_DENIED 11u

/* Longest echo; with its names it fits a reply. */
#define ECHO_BYTES 200u
/* Security counter as "4294967295.0.0". */
#define VERSION_BYTES 15u

struct request {
    uint8_t operation;
    uint32_t group;
    uint32_t command;
    const uint8_t *body;
    uint32_t body_bytes;
};

static void write_result(struct smp_writer *reply, uint32_t result)
{
    reply->count = HEADER_BYTES; /* whatever was begun is dropped */
    smp_write_map(reply, 1);
    smp_write_text(reply, "rc");
    smp_write_number(reply, result);
}

static void echo(const struct request *request, struct smp_writer *reply)
{
    struct smp_field text;
    if (!smp_find(request->body, request->body_bytes, "d", &text) ||
        text.major != SMP_MAJOR_TEXT || text.number > ECHO_BYTES) {
        write_result(reply, RESULT_INVALID);
        return;
    }
    smp_write_map(reply, 1);
    smp_write_text(reply, "r");
    smp_write_chars(reply, text.bytes, text.number);
}

static void tell_parameters(struct smp_writer *reply)
{
    smp_write_map(reply, 2);
    smp_write_text(reply, "buf_size");
    smp_write_number(reply, AIRDELTA_SMP_BUFFER_BYTES);
    smp_write_text(reply, "buf_count");
    smp_write_number(reply, 1);
}

/* A version has three numbers; the first is the security counter. */
static void write_version(struct smp_writer *reply, uint32_t security_counter)
{
    char text[VERSION_BYTES];
    char *next = text + sizeof text - 1;
    *next = '\0';
    for (const char *end = "0.0."; *end != '\0'; end++) *--next = *end;
    for (uint32_t left = security_counter, digits = 0; left > 0 || digits == 0; digits++) {
        *--next = (char)('0' + left % 10u);
        left /= 10u;
    }
    smp_write_text(reply, next);
}

static void tell_image_states(const struct airdelta_recovery *recovery, struct smp_writer *reply)
{
    const struct airdelta_slot_record *slots = recovery->state.slots;
    smp_write_map(reply, 1);
    smp_write_text(reply, "images");
    smp_write_array(reply, (uint32_t)(slots[0].image.bytes > 0) + (slots[1].image.bytes > 0));
    for (uint32_t slot = 0; slot < 2; slot++) {
        if (slots[slot].image.bytes == 0) continue;
        smp_write_map(reply, 4);
        smp_write_text(reply, "slot");
        smp_write_number(reply, slot);
        smp_write_text(reply, "version");
        write_version(reply, slots[slot].security_counter);
        smp_write_text(reply, "hash");
        smp_write_bytes(reply, slots[slot].image.digest, AIRDELTA_DIGEST_BYTES);
        smp_write_text(reply, "confirmed");
        smp_write_flag(reply, slot == recovery->state.confirmed_slot);
    }
}

static uint32_t result_of(airdelta_device_status status)
{
    switch (status) {
    case AIRDELTA_DEVICE_OK: return RESULT_OK;
    case AIRDELTA_REJECTED_FORMAT:
    case AIRDELTA_REJECTED_SIZE: return RESULT_INVALID;
    case AIRDELTA_DEVICE_FLASH_FAILED: return RESULT_UNKNOWN;
    default: return status > AIRDELTA_DEVICE_BAD_ARGUMENT ? RESULT_ACCESS_DENIED : RESULT_BAD_STATE;
    }
}

static void upload(struct airdelta_recovery *recovery, const struct request *request,
                   struct smp_writer *reply)
{
    struct smp_field offset, data, length;
    airdelta_device_status status = AIRDELTA_DEVICE_OK;
    if (!smp_find(request->body, request->body_bytes, "off", &offset) ||
        !smp_find(request->body, request->body_bytes, "data", &data) ||
        offset.major != SMP_MAJOR_UNSIGNED || data.major != SMP_MAJOR_BYTES) {
        write_result(reply, RESULT_INVALID);
        return;
    }
    if (offset.number == 0) {
        if (!smp_find(request->body, request->body_bytes, "len", &length) ||
            length.major != SMP_MAJOR_UNSIGNED) {
            write_result(reply, RESULT_INVALID);
            return;
        }
        status = airdelta_recovery_begin(recovery, length.number);
    }
    /* A piece that came before, or comes too early: the answer says which one is due. */
    if (offset.number == recovery->received_bytes && status == AIRDELTA_DEVICE_OK) {
        status = airdelta_recovery_take(recovery, data.bytes, data.number);
    }
    if (status != AIRDELTA_DEVICE_OK) {
        write_result(reply, result_of(status));
        return;
    }
    smp_write_map(reply, 1);
    smp_write_text(reply, "off");
    smp_write_number(reply, recovery->received_bytes);
}

/* Answer a request; whether a reset is wanted. */
static int answer(struct airdelta_recovery *recovery, const struct request *request,
                  struct smp_writer *reply)
{
    uint32_t what = request->group << 16 | request->command << 8 | request->operation;
    switch (what) {
    case GROUP_OS << 16 | OS_ECHO << 8 | OP_READ:
    case GROUP_OS << 16 | OS_ECHO << 8 | OP_WRITE: echo(request, reply); return 0;
    case GROUP_OS << 16 | OS_PARAMETERS << 8 | OP_READ: tell_parameters(reply); return 0;
    case GROUP_OS << 16 | OS_RESET << 8 | OP_WRITE: smp_write_map(reply, 0); return 1;
    case GROUP_IMAGE << 16 | IMAGE_STATE << 8 | OP_READ:
        tell_image_states(recovery, reply);
        return 0;
    case GROUP_IMAGE << 16 | IMAGE_UPLOAD << 8 | OP_WRITE:
        upload(recovery, request, reply);
        return 0;
    default: write_result(reply, RESULT_NOT_SUPPORTED); return 0;
    }
}

void airdelta_smp_start(struct airdelta_smp_server *server)
{
    smp_frame_begin(&server->frame, server->buffer, sizeof server->buffer);
}

/* The header: operation with the protocol's version, flags, length u16, group u16, sequence number,
 * command; all big-endian. An answer repeats it with the operation raised by one. */
static int handle(struct airdelta_smp_server *server, const uint8_t *message, uint32_t count)
{
    uint8_t bytes[SMP_LARGEST_REPLY_BYTES];
    struct smp_writer reply = {bytes, sizeof bytes, HEADER_BYTES};
    if (count < HEADER_BYTES) return 0;
    struct request request = {
        .operation = message[0] & OP_MASK,
        .group = (uint32_t)message[4] << 8 | message[5],
        .command = message[7],
        .body = message + HEADER_BYTES,
        .body_bytes = count - HEADER_BYTES,
    };
    if (request.body_bytes != ((uint32_t)message[2] << 8 | message[3])) return 0;
    int wants_reset = answer(server->recovery, &request, &reply);
    memcpy(bytes, message, HEADER_BYTES);
    bytes[0]++;
    bytes[2] = (uint8_t)((reply.count - HEADER_BYTES) >> 8);
    bytes[3] = (uint8_t)(reply.count - HEADER_BYTES);
    smp_frame_send(server->send, server->context, bytes, reply.count);
    return wants_reset;
}

int airdelta_smp_take(struct airdelta_smp_server *server, uint8_t byte)
{
    uint32_t message_bytes = smp_frame_take(&server->frame, byte);
    return message_bytes > 0 ? handle(server, server->buffer + 2, message_bytes) : 0;
}
