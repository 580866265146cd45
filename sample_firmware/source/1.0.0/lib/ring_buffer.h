/*
 * A byte queue for one producer and one consumer, either of which may be an interrupt handler.
 */
#ifndef LIB_RING_BUFFER_H
#define LIB_RING_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring_buffer {
    uint8_t *bytes;
    uint16_t mask;
    volatile uint16_t head; /* counts bytes put; only the producer writes it */
    volatile uint16_t tail; /* counts bytes taken; only the consumer writes it */
    volatile uint32_t dropped;
};

/* size must be a power of two, at most 32768. */
void ring_buffer_init(struct ring_buffer *ring, uint8_t *storage, size_t size);

/* Appends a byte; when the queue is full the byte is counted as dropped. */
bool ring_buffer_put(struct ring_buffer *ring, uint8_t byte);

/* Takes the oldest byte; false when the queue is empty. */
bool ring_buffer_get(struct ring_buffer *ring, uint8_t *byte);

/* Bytes waiting. */
uint16_t ring_buffer_used(const struct ring_buffer *ring);

#endif
