/*
 * SMP over a console: messages as lines of base64, so that they pass where text passes.
 *
 *     line    06 09 for the first of a message, 04 14 for the others; base64; newline
 *     inside  length u16, big-endian, of all behind it; the message; CRC-16/XMODEM of the message
 *
 * Source: Zephyr's documentation, "SMP transport specification", "UART/serial and console". A line
 * that is neither is text of somebody else and is ignored.
 */
#ifndef AIRDELTA_SMP_FRAME_H
#define AIRDELTA_SMP_FRAME_H

#include <stdint.h>

/* Length and CRC, which share the buffer with the message. */
#define SMP_FRAME_OVERHEAD_BYTES 4u
/* Largest message that is sent. */
#define SMP_LARGEST_REPLY_BYTES 256u

/* Puts received bytes together. */
struct smp_frame {
    uint8_t *buffer;
    uint32_t buffer_bytes;
    uint32_t count; /* decoded of the message at hand */
    uint32_t group; /* bits of the base64 group at hand */
    uint8_t group_characters;
    uint8_t marker;   /* first byte of the line's marker, 0: none yet */
    uint8_t is_line;  /* inside a line of a message */
    uint8_t is_alien; /* inside any other line */
};

void smp_frame_begin(struct smp_frame *frame, uint8_t *buffer, uint32_t buffer_bytes);

/* Take a received byte; how many bytes of a whole message are at `buffer + 2` now, or 0. */
uint32_t smp_frame_take(struct smp_frame *frame, uint8_t byte);

/* Send a message of at most SMP_LARGEST_REPLY_BYTES. */
void smp_frame_send(void (*send)(void *context, const uint8_t *bytes, uint32_t count),
                    void *context, const uint8_t *message, uint32_t count);

#endif
