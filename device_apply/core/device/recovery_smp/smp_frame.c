#include "smp_frame.h"

#include <string.h>

#define FIRST_MARK 0x06u
#define FIRST_MARK_END 0x09u
#define NEXT_MARK 0x04u
#define NEXT_MARK_END 0x14u
#define LENGTH_BYTES 2u
#define CRC_BYTES 2u
/* A line has at most 128 characters: the marker, these, the newline. */
#define LINE_CHARACTERS 124u
#define GROUP_BYTES 3u
#define NO_DIGIT 0xFFu

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static uint16_t crc16(const uint8_t *bytes, uint32_t count)
{
    uint32_t crc = 0;
    for (uint32_t i = 0; i < count; i++) {
        crc ^= (uint32_t)bytes[i] << 8;
        for (int bit = 0; bit < 8; bit++) crc = crc & 0x8000u ? crc << 1 ^ 0x1021u : crc << 1;
    }
    return (uint16_t)crc;
}

static uint8_t digit_of(uint8_t character)
{
    for (uint8_t digit = 0; digit < sizeof ALPHABET - 1; digit++) {
        if (ALPHABET[digit] == (char)character) return digit;
    }
    return NO_DIGIT;
}

/* Let what comes count for nothing until a first line does. */
static void expect_first_line(struct smp_frame *frame)
{
    frame->count = frame->buffer_bytes + 1;
}

void smp_frame_begin(struct smp_frame *frame, uint8_t *buffer, uint32_t buffer_bytes)
{
    memset(frame, 0, sizeof *frame);
    frame->buffer = buffer;
    frame->buffer_bytes = buffer_bytes;
    expect_first_line(frame);
}

static void end_line(struct smp_frame *frame)
{
    frame->marker = 0;
    frame->is_line = 0;
    frame->is_alien = 0;
    frame->group = 0;
    frame->group_characters = 0;
}

/* Before a line: its marker decides what it is. */
static void take_marker(struct smp_frame *frame, uint8_t byte)
{
    if (frame->marker == 0) {
        frame->marker = byte;
        frame->is_alien = byte != FIRST_MARK && byte != NEXT_MARK;
        return;
    }
    frame->is_line = frame->marker == FIRST_MARK ? byte == FIRST_MARK_END : byte == NEXT_MARK_END;
    frame->is_alien = !frame->is_line;
    if (frame->marker == FIRST_MARK) frame->count = 0;
}

static void store(struct smp_frame *frame, uint8_t byte)
{
    /* A message that is too long is counted and comes to nothing. */
    if (frame->count < frame->buffer_bytes) frame->buffer[frame->count] = byte;
    if (frame->count <= frame->buffer_bytes) frame->count++;
}

static void take_character(struct smp_frame *frame, uint8_t character)
{
    uint8_t digit = digit_of(character);
    if (digit == NO_DIGIT) return; /* padding; anything else will not pass the CRC */
    frame->group = frame->group << 6 | digit;
    frame->group_characters++;
    if (frame->group_characters == 4) {
        for (uint32_t shift = 24; shift > 0; shift -= 8) {
            store(frame, (uint8_t)(frame->group >> (shift - 8)));
        }
        frame->group = 0;
        frame->group_characters = 0;
    }
}

/* Two or three characters at the end of a line stand for one or two bytes. */
static void take_rest(struct smp_frame *frame)
{
    uint32_t bits = frame->group_characters * 6u;
    for (; bits >= 8; bits -= 8) store(frame, (uint8_t)(frame->group >> (bits - 8)));
}

/* The length of the message if it is whole, else 0. */
static uint32_t whole_message(const struct smp_frame *frame)
{
    const uint8_t *bytes = frame->buffer;
    if (frame->count < SMP_FRAME_OVERHEAD_BYTES || frame->count > frame->buffer_bytes) return 0;
    uint32_t length = (uint32_t)bytes[0] << 8 | bytes[1];
    if (length < CRC_BYTES || frame->count != LENGTH_BYTES + length) return 0;
    uint32_t message_bytes = length - CRC_BYTES;
    const uint8_t *crc = bytes + LENGTH_BYTES + message_bytes;
    if (((uint32_t)crc[0] << 8 | crc[1]) != crc16(bytes + LENGTH_BYTES, message_bytes)) return 0;
    return message_bytes;
}

uint32_t smp_frame_take(struct smp_frame *frame, uint8_t byte)
{
    if (byte == '\n') {
        uint32_t message_bytes = 0;
        if (frame->is_line) {
            take_rest(frame);
            message_bytes = whole_message(frame);
            if (message_bytes > 0) expect_first_line(frame);
        }
        end_line(frame);
        return message_bytes;
    }
    if (frame->is_line) {
        take_character(frame, byte);
    } else if (!frame->is_alien) {
        take_marker(frame, byte);
    }
    return 0;
}

static void send_group(uint8_t *line, const uint8_t *bytes, uint32_t count)
{
    uint32_t group = (uint32_t)bytes[0] << 16;
    if (count > 1) group |= (uint32_t)bytes[1] << 8;
    if (count > 2) group |= bytes[2];
    for (uint32_t i = 0; i < 4; i++) {
        line[i] = i <= count ? (uint8_t)ALPHABET[group >> (18 - 6 * i) & 0x3Fu] : (uint8_t)'=';
    }
}

void smp_frame_send(void (*send)(void *context, const uint8_t *bytes, uint32_t count),
                    void *context, const uint8_t *message, uint32_t count)
{
    uint8_t frame[SMP_LARGEST_REPLY_BYTES + SMP_FRAME_OVERHEAD_BYTES];
    uint8_t line[2 + LINE_CHARACTERS + 1];
    uint32_t crc = crc16(message, count);
    uint32_t length = count + CRC_BYTES;
    frame[0] = (uint8_t)(length >> 8);
    frame[1] = (uint8_t)length;
    memcpy(frame + LENGTH_BYTES, message, count);
    frame[LENGTH_BYTES + count] = (uint8_t)(crc >> 8);
    frame[LENGTH_BYTES + count + 1] = (uint8_t)crc;
    uint32_t total = LENGTH_BYTES + length;
    for (uint32_t at = 0; at < total;) {
        line[0] = at == 0 ? FIRST_MARK : NEXT_MARK;
        line[1] = at == 0 ? FIRST_MARK_END : NEXT_MARK_END;
        uint32_t end = 2;
        for (; at < total && end < 2 + LINE_CHARACTERS; at += GROUP_BYTES, end += 4) {
            send_group(line + end, frame + at, total - at < GROUP_BYTES ? total - at : GROUP_BYTES);
        }
        line[end] = '\n';
        send(context, line, end + 1);
    }
}
