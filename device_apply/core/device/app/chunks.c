#include "chunks.h"

#include <string.h>

#include "bytes.h"
#include "download.h"
#include "flash_access.h"
#include "wire_numbers.h"

/* Stack for digesting. */
#define PIECE_BYTES 64u

/* A range of the payload. */
struct range {
    uint32_t start;
    uint32_t end;
};

static struct range range_of_chunk(const struct airdelta_session *session, uint32_t chunk)
{
    uint32_t start = chunk * session->chunks.chunk_bytes;
    return (struct range){
        start, start + dv_min(session->chunks.chunk_bytes, session->payload_bytes - start)};
}

static struct range range_of_fragment(const struct airdelta_session *session, uint32_t index)
{
    uint32_t start = index * session->fragment_bytes;
    return (struct range){start, start + dv_download_fragment_bytes(session, index)};
}

/* Whether the digest that was begun is that of a chunk, as far as it was signed. */
static int is_signed(const struct airdelta_device *device, uint32_t chunk)
{
    uint8_t digest[AIRDELTA_DIGEST_BYTES];
    uint8_t wanted[WIRE_MAX_CHUNK_HASH_BYTES];
    const struct airdelta_port *port = device->config->port;
    const struct airdelta_chunks *chunks = &device->session.chunks;
    uint32_t at = chunks->hashes_at + chunk * chunks->hash_bytes;
    port->digest_finish(port->context, digest);
    if (chunks->hash_bytes > sizeof wanted ||
        !dv_download_read_head_part(device, at, wanted, chunks->hash_bytes)) {
        return 0;
    }
    return memcmp(digest, wanted, chunks->hash_bytes) == 0; /* RULE 30 */
}

/* Digest a range of what is stored; whether it could be read. */
static int digest_stored(const struct airdelta_device *device, struct range range)
{
    uint8_t piece[PIECE_BYTES];
    const struct airdelta_port *port = device->config->port;
    port->digest_begin(port->context);
    dv_watchdog(port);
    while (range.start < range.end) {
        uint32_t taken = dv_download_read(device, range.start, piece,
                                          dv_min(range.end - range.start, PIECE_BYTES));
        if (taken == 0) return 0;
        port->digest_update(port->context, piece, taken);
        range.start += taken;
    }
    return 1;
}

static int is_stored(const struct airdelta_device *device, struct range range)
{
    uint32_t fragment_bytes = device->session.fragment_bytes;
    for (uint32_t index = range.start / fragment_bytes; index * fragment_bytes < range.end;
         index++) {
        if (!dv_download_holds(device, index)) return 0;
    }
    return 1;
}

/* How many of the chunks with bytes in `range` are stored, and wrong. */
static uint32_t wrong_in(const struct airdelta_device *device, struct range range)
{
    const struct airdelta_session *session = &device->session;
    uint32_t chunk_bytes = session->chunks.chunk_bytes;
    uint32_t wrong = 0;
    if (chunk_bytes == 0) return 0;
    for (uint32_t chunk = range.start / chunk_bytes; chunk * chunk_bytes < range.end; chunk++) {
        struct range stored = range_of_chunk(session, chunk);
        if (!is_stored(device, stored)) continue;
        if (!digest_stored(device, stored) || !is_signed(device, chunk)) wrong++;
    }
    return wrong;
}

uint32_t dv_chunks_wrong_around(const struct airdelta_device *device, uint32_t index)
{
    return wrong_in(device, range_of_fragment(&device->session, index));
}

uint32_t dv_chunks_wrong(const struct airdelta_device *device)
{
    return wrong_in(device, (struct range){0, device->session.payload_bytes});
}

int dv_chunk_is_signed(const struct airdelta_device *device, uint32_t chunk, const uint8_t *bytes,
                       uint32_t count)
{
    const struct airdelta_port *port = device->config->port;
    port->digest_begin(port->context);
    port->digest_update(port->context, bytes, count);
    return is_signed(device, chunk);
}

int dv_chunks_take(const struct airdelta_device *device, uint32_t index, const uint8_t *bytes)
{
    const struct airdelta_session *session = &device->session;
    uint32_t chunk_bytes = session->chunks.chunk_bytes;
    struct range fragment = range_of_fragment(session, index);
    if (chunk_bytes == 0) return 1;
    for (uint32_t chunk = dv_round_up(fragment.start, chunk_bytes) / chunk_bytes;
         chunk * chunk_bytes < fragment.end; chunk++) {
        struct range range = range_of_chunk(session, chunk);
        if (range.end > fragment.end) break;
        if (!dv_chunk_is_signed(device, chunk, bytes + (range.start - fragment.start),
                                range.end - range.start)) {
            return 0;
        }
    }
    return 1;
}
