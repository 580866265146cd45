#include "download.h"

#include <string.h>

#include "airdelta_streaming.h"
#include "bytes.h"
#include "chunks.h"
#include "crc32.h"
#include "flash_access.h"
#include "fragment_place.h"
#include "state_store.h"
#include "wire_numbers.h"

#define HEADER_BYTES 24u
#define HEADER_CRC_AT 20u
#define MAGIC 0x324C4441u /* "ADL2" */
/* Indices are 16 bits wide; the largest is never used. */
#define MAX_FRAGMENTS 0xFFFFu
/* What fits an area is less; what is streamed is bounded by nothing but arithmetic. */
#define MOST_STREAMED_BYTES (1u << 30)
/* Stack for comparing. */
#define PIECE_BYTES 64u
/* How the head is programmed: pieces that are whole units on every part. */
#define HEAD_PIECE_BYTES 256u
/* Sectors erased between two records of how far preparing got. */
#define SECTORS_PER_CHECKPOINT 32u

uint32_t dv_download_buffer_bytes(const struct airdelta_session *session)
{
    uint32_t chunk_bytes = dv_min(session->chunks.chunk_bytes, session->payload_bytes);
    return session->is_streamed ? dv_round_up(chunk_bytes, DV_WORK_ALIGNMENT) : 0;
}

/* Whether the area has places for the fragments, and spare ones. */
static int has_places(const struct airdelta_layout *layout, const struct airdelta_session *session,
                      uint32_t first)
{
    uint32_t places = session->fragment_count + AIRDELTA_SPARE_FRAGMENTS;
    return places <= (layout->download.bytes - first) / session->place_bytes;
}

airdelta_device_status dv_download_plan(const struct airdelta_device_config *config,
                                        struct airdelta_session *session)
{
    const struct airdelta_layout *layout = config->layout;
    const struct airdelta_streamer *streamer = config->streamer;
    uint32_t unit = layout->write_unit_bytes;
    uint32_t most_bytes = layout->download.bytes;
    if (session->fragment_bytes == 0 || session->fragment_bytes > AIRDELTA_MAX_FRAGMENT_BYTES ||
        session->head_bytes == 0 || session->head_bytes > WIRE_MAX_HEAD_BYTES) {
        return AIRDELTA_DEVICE_BAD_ARGUMENT;
    }
    session->is_streamed = streamer != NULL && streamer->takes(&session->chunks);
    if (session->is_streamed) most_bytes = MOST_STREAMED_BYTES;
    /* Before anything is rounded: what fits is far below where 32 bits end. */
    if (session->payload_bytes == 0 || session->payload_bytes > most_bytes) {
        return AIRDELTA_REJECTED_SIZE;
    }
    uint32_t first = dv_round_up(HEADER_BYTES + session->head_bytes, unit);
    session->fragment_count =
        dv_round_up(session->payload_bytes, session->fragment_bytes) / session->fragment_bytes;
    session->first_place = layout->download.offset + first;
    session->place_bytes = dv_round_up(DV_FRAGMENT_HEADER_BYTES + session->fragment_bytes, unit);
    session->is_open = 1;
    if (first > layout->download.bytes) return AIRDELTA_REJECTED_SIZE;
    if (session->is_streamed) return streamer->check_room(config, session);
    if (session->fragment_count >= MAX_FRAGMENTS || !has_places(layout, session, first)) {
        return AIRDELTA_REJECTED_SIZE;
    }
    return AIRDELTA_DEVICE_OK;
}

uint32_t dv_download_fragment_bytes(const struct airdelta_session *session, uint32_t index)
{
    uint32_t start = index * session->fragment_bytes;
    return dv_min(session->fragment_bytes, session->payload_bytes - start);
}

static uint32_t place_offset(const struct airdelta_session *session, uint32_t place)
{
    return session->first_place + place * session->place_bytes;
}

static void encode_header(uint8_t header[HEADER_BYTES], const struct airdelta_session *session)
{
    dv_put_u32(header, MAGIC);
    dv_put_u16(header + 4, session->head_bytes);
    dv_put_u16(header + 6, session->fragment_bytes);
    dv_put_u32(header + 8, session->payload_bytes);
    dv_put_u32(header + 12, session->chunks.chunk_bytes);
    dv_put_u16(header + 16, session->chunks.hash_bytes);
    dv_put_u16(header + 18, session->chunks.hashes_at);
    dv_put_u32(header + HEADER_CRC_AT, dv_crc32(0, header, HEADER_CRC_AT));
}

static airdelta_device_status program_head(struct airdelta_device *device,
                                           const struct airdelta_session *session,
                                           const uint8_t *head)
{
    const struct airdelta_layout *layout = device->config->layout;
    uint32_t total = HEADER_BYTES + session->head_bytes;
    for (uint32_t at = 0; at < total; at += HEAD_PIECE_BYTES) {
        uint32_t start = at == 0 ? HEADER_BYTES : 0; /* where the head begins in this piece */
        uint32_t filled = dv_min(total - at, HEAD_PIECE_BYTES);
        if (at == 0) encode_header(device->burst, session);
        memset(device->burst + filled, layout->erased_value, sizeof device->burst - filled);
        memcpy(device->burst + start, head + at + start - HEADER_BYTES, filled - start);
        if (dv_program(device->config->port, layout->download.offset + at, device->burst,
                       dv_round_up(filled, layout->write_unit_bytes)) != AIRDELTA_FLASH_OK) {
            return AIRDELTA_DEVICE_FLASH_FAILED;
        }
    }
    return AIRDELTA_DEVICE_OK;
}

/* Count the sectors of the first groups that an earlier power cycle erased for this package. */
static void skip_erased(struct airdelta_device *device)
{
    const struct airdelta_port *port = device->config->port;
    const struct airdelta_state *state = &device->store.state;
    struct airdelta_session *session = &device->session;
    uint32_t start = device->config->layout->download.offset;
    if (memcmp(state->package_digest, session->package_digest, AIRDELTA_DIGEST_BYTES) != 0) return;
    while (session->erased_sectors < state->attempts_left * SECTORS_PER_CHECKPOINT) {
        session->erased_bytes += port->sector_bytes(port->context, start + session->erased_bytes);
        session->erased_sectors++;
    }
}

void dv_download_prepare(struct airdelta_device *device, const struct airdelta_session *session,
                         const uint8_t digest[AIRDELTA_DIGEST_BYTES])
{
    device->session = *session;
    device->session.is_open = 0;
    device->session.is_preparing = 1;
    memcpy(device->session.package_digest, digest, AIRDELTA_DIGEST_BYTES);
    skip_erased(device);
}

/* State how many groups of sectors are erased and not programmed since. */
static airdelta_device_status state_groups(struct airdelta_device *device, uint32_t groups)
{
    struct airdelta_state state = device->store.state;
    state.attempts_left = (uint8_t)groups;
    memcpy(state.package_digest, device->session.package_digest, AIRDELTA_DIGEST_BYTES);
    return dv_store_append(&device->store, &state);
}

static airdelta_device_status erase_next(struct airdelta_device *device)
{
    const struct airdelta_port *port = device->config->port;
    struct airdelta_session *session = &device->session;
    uint32_t offset = device->config->layout->download.offset + session->erased_bytes;
    uint32_t sector_bytes = port->sector_bytes(port->context, offset);
    airdelta_device_status status = dv_erase_range(port, offset, sector_bytes);
    if (status != AIRDELTA_DEVICE_OK) return status;
    session->erased_bytes += sector_bytes;
    session->erased_sectors++;
    uint32_t groups = session->erased_sectors / SECTORS_PER_CHECKPOINT;
    if (session->erased_sectors % SECTORS_PER_CHECKPOINT != 0 || groups > UINT8_MAX) {
        return AIRDELTA_DEVICE_BUSY;
    }
    status = state_groups(device, groups);
    return status == AIRDELTA_DEVICE_OK ? AIRDELTA_DEVICE_BUSY : status;
}

airdelta_device_status dv_download_prepare_slice(struct airdelta_device *device,
                                                 const uint8_t *head)
{
    const struct airdelta_session *session = &device->session;
    uint32_t places =
        session->is_streamed ? 0 : session->fragment_count + AIRDELTA_SPARE_FRAGMENTS;
    uint32_t end = place_offset(session, places);
    if (device->config->layout->download.offset + session->erased_bytes < end) {
        return erase_next(device);
    }
    airdelta_device_status status = AIRDELTA_DEVICE_OK;
    if (device->store.state.attempts_left > 0) status = state_groups(device, 0); /* RULE 11b */
    return status == AIRDELTA_DEVICE_OK ? program_head(device, session, head) : status;
}

static enum dv_fragment_place check_place(const struct airdelta_device *device, uint32_t place,
                                          uint32_t index)
{
    const struct airdelta_session *session = &device->session;
    struct dv_fragment fragment = {index, dv_download_fragment_bytes(session, index),
                                   device->store.state.package_digest};
    return dv_fragment_check(device->config->port, device->config->layout,
                             place_offset(session, place), &fragment);
}

/* The last spare that holds a fragment, or AIRDELTA_SPARE_FRAGMENTS: it replaces those before it. */
static uint32_t spare_of(const struct airdelta_device *device, uint32_t index)
{
    uint32_t spare = device->session.spares_used;
    while (spare > 0) {
        spare--;
        if (check_place(device, device->session.fragment_count + spare, index) ==
            DV_FRAGMENT_HELD) {
            return spare;
        }
    }
    return AIRDELTA_SPARE_FRAGMENTS;
}

int dv_download_holds(const struct airdelta_device *device, uint32_t index)
{
    return check_place(device, index, index) == DV_FRAGMENT_HELD ||
           spare_of(device, index) < AIRDELTA_SPARE_FRAGMENTS;
}

int dv_download_wants(const struct airdelta_device *device, uint32_t index)
{
    return !dv_download_holds(device, index) ||
           (device->session.wrong_chunks > 0 && dv_chunks_wrong_around(device, index) > 0);
}

/* Whether anything was ever programmed into a spare: then none before it is free either. */
static int is_spare_used(const struct airdelta_device *device, uint32_t spare)
{
    return check_place(device, device->session.fragment_count + spare, 0) != DV_FRAGMENT_BLANK;
}

static void count_stored(struct airdelta_device *device)
{
    struct airdelta_session *session = &device->session;
    session->spares_used = 0;
    for (uint8_t spare = 0; spare < AIRDELTA_SPARE_FRAGMENTS; spare++) {
        if (is_spare_used(device, spare)) session->spares_used = (uint8_t)(spare + 1u);
    }
    session->stored_count = 0;
    for (uint32_t index = 0; index < session->fragment_count; index++) {
        if (dv_download_holds(device, index)) session->stored_count++;
    }
    session->wrong_chunks = dv_chunks_wrong(device);
}

/* Whether the stored head is the one that the state names. */
static int is_named_head(const struct airdelta_device *device)
{
    const struct airdelta_port *port = device->config->port;
    uint8_t digest[AIRDELTA_DIGEST_BYTES];
    uint32_t offset = device->config->layout->download.offset + HEADER_BYTES;
    port->digest_begin(port->context);
    if (!dv_digest_piece(port, offset, device->session.head_bytes)) return 0;
    port->digest_finish(port->context, digest);
    return memcmp(digest, device->store.state.package_digest, sizeof digest) == 0;
}

airdelta_device_status dv_download_resume(struct airdelta_device *device)
{
    uint8_t header[HEADER_BYTES];
    const struct airdelta_layout *layout = device->config->layout;
    device->session.is_open = 0;
    enum dv_place found = dv_read_place(device->config->port, layout, layout->download.offset,
                                        header, sizeof header);
    if (found == DV_PLACE_FAILED) return AIRDELTA_DEVICE_FLASH_FAILED;
    if (dv_get_u32(header) != MAGIC ||
        dv_get_u32(header + HEADER_CRC_AT) != dv_crc32(0, header, HEADER_CRC_AT)) {
        return AIRDELTA_DEVICE_OK;
    }
    device->session = (struct airdelta_session){
        .head_bytes = (uint16_t)dv_get_u16(header + 4),
        .fragment_bytes = (uint16_t)dv_get_u16(header + 6),
        .payload_bytes = dv_get_u32(header + 8),
        .chunks =
            {
                .chunk_bytes = dv_get_u32(header + 12),
                .hash_bytes = (uint16_t)dv_get_u16(header + 16),
                .hashes_at = (uint16_t)dv_get_u16(header + 18),
            },
    };
    airdelta_device_status status = dv_download_plan(device->config, &device->session);
    device->session.is_open = status == AIRDELTA_DEVICE_OK && is_named_head(device);
    if (!device->session.is_open) return AIRDELTA_DEVICE_OK;
    if (device->session.is_streamed) {
        device->config->streamer->resume(device);
    } else {
        count_stored(device);
    }
    return AIRDELTA_DEVICE_OK;
}

/* Program a fragment into its place, or into the first spare that takes it. */
static airdelta_device_status program_fragment(struct airdelta_device *device, uint32_t index,
                                               const uint8_t *bytes)
{
    struct airdelta_session *session = &device->session;
    const struct airdelta_device_config *config = device->config;
    struct dv_fragment fragment = {index, dv_download_fragment_bytes(session, index),
                                   device->store.state.package_digest};
    uint32_t count = dv_fragment_encode(device->burst, config->layout, &fragment, bytes);
    uint32_t place = index;
    while (place < session->fragment_count + AIRDELTA_SPARE_FRAGMENTS) {
        enum airdelta_flash_result result = AIRDELTA_FLASH_REFUSED;
        if (check_place(device, place, index) == DV_FRAGMENT_BLANK) {
            result = dv_program(config->port, place_offset(session, place), device->burst, count);
        }
        if (place >= session->fragment_count) session->spares_used++;
        if (result == AIRDELTA_FLASH_OK) return AIRDELTA_DEVICE_OK;
        if (result != AIRDELTA_FLASH_REFUSED) return AIRDELTA_DEVICE_FLASH_FAILED;
        place = session->fragment_count + session->spares_used;
    }
    return AIRDELTA_DEVICE_STORAGE_SPENT;
}

/* Whether a held fragment is these very bytes: a sender that repeats a whole chunk costs no spare. */
static int is_held_as(const struct airdelta_device *device, uint32_t index, const uint8_t *bytes)
{
    uint8_t piece[PIECE_BYTES];
    uint32_t start = index * device->session.fragment_bytes;
    uint32_t count = dv_download_fragment_bytes(&device->session, index);
    for (uint32_t at = 0; at < count; at += PIECE_BYTES) {
        uint32_t step = dv_min(count - at, PIECE_BYTES);
        if (dv_download_read(device, start + at, piece, step) != step) return 0;
        if (memcmp(piece, bytes + at, step) != 0) return 0;
    }
    return 1;
}

airdelta_device_status dv_download_store(struct airdelta_device *device, uint32_t index,
                                         const uint8_t *bytes)
{
    struct airdelta_session *session = &device->session;
    int was_held = dv_download_holds(device, index);
    uint32_t wrong_before = was_held ? dv_chunks_wrong_around(device, index) : 0;
    if (was_held && (wrong_before == 0 || is_held_as(device, index, bytes))) {
        return AIRDELTA_DEVICE_OK;
    }
    if (!dv_chunks_take(device, index, bytes)) return AIRDELTA_DEVICE_CHUNK_CORRUPT;
    airdelta_device_status status = program_fragment(device, index, bytes);
    if (status != AIRDELTA_DEVICE_OK) return status;
    if (!was_held) session->stored_count++;
    uint32_t wrong_after = dv_chunks_wrong_around(device, index);
    session->wrong_chunks += wrong_after - wrong_before;
    return wrong_after > 0 ? AIRDELTA_DEVICE_CHUNK_CORRUPT : AIRDELTA_DEVICE_OK;
}

int dv_download_read_head_part(const struct airdelta_device *device, uint32_t offset,
                               uint8_t *bytes, uint32_t count)
{
    const struct airdelta_port *port = device->config->port;
    uint32_t start = device->config->layout->download.offset + HEADER_BYTES;
    if (offset > device->session.head_bytes || count > device->session.head_bytes - offset) return 0;
    return port->read(port->context, start + offset, bytes, count) == AIRDELTA_FLASH_OK;
}

int dv_download_read_head(const struct airdelta_device *device, uint8_t *bytes)
{
    return dv_download_read_head_part(device, 0, bytes, device->session.head_bytes);
}

uint32_t dv_download_read(const struct airdelta_device *device, uint32_t offset, uint8_t *bytes,
                          uint32_t count)
{
    const struct airdelta_session *session = &device->session;
    const struct airdelta_port *port = device->config->port;
    uint32_t index = offset / session->fragment_bytes;
    uint32_t skip = offset % session->fragment_bytes;
    uint32_t step = dv_min(count, dv_download_fragment_bytes(session, index) - skip);
    uint32_t spare = spare_of(device, index);
    uint32_t place = spare < AIRDELTA_SPARE_FRAGMENTS ? session->fragment_count + spare : index;
    uint32_t at = place_offset(session, place) + DV_FRAGMENT_HEADER_BYTES + skip;
    return port->read(port->context, at, bytes, step) == AIRDELTA_FLASH_OK ? step : 0;
}
