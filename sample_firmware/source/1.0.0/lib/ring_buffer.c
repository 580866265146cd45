#include "lib/ring_buffer.h"

void ring_buffer_init(struct ring_buffer *ring, uint8_t *storage, size_t size)
{
    ring->bytes = storage;
    ring->mask = (uint16_t)(size - 1u);
    ring->head = 0;
    ring->tail = 0;
    ring->dropped = 0;
}

uint16_t ring_buffer_used(const struct ring_buffer *ring)
{
    return (uint16_t)(ring->head - ring->tail);
}

bool ring_buffer_put(struct ring_buffer *ring, uint8_t byte)
{
    if (ring_buffer_used(ring) > ring->mask) {
        ring->dropped++;
        return false;
    }
    ring->bytes[ring->head & ring->mask] = byte;
    ring->head = (uint16_t)(ring->head + 1u);
    return true;
}

bool ring_buffer_get(struct ring_buffer *ring, uint8_t *byte)
{
    if (ring_buffer_used(ring) == 0) {
        return false;
    }
    *byte = ring->bytes[ring->tail & ring->mask];
    ring->tail = (uint16_t)(ring->tail + 1u);
    return true;
}
