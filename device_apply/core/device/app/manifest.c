#include "manifest.h"

#include <string.h>

#include "wire_numbers.h"

#if AIRDELTA_PAYLOAD_DIGEST_BYTES != WIRE_PAYLOAD_DIGEST_BYTES
#error "the header and the wire format differ"
#endif

#define NEW_COMPONENT 0u
#define BASE_COMPONENT 1u
/* Items of the install sequence: what a full image takes, what parameter 5 adds, a base, a choice. */
#define INSTALL_ITEMS 8u
#define SLOT_ITEMS 2u
#define BASE_ITEMS 8u
#define CHOICE_ITEMS 6u
/* Items of one patch to choose, and of the last choice, which changes nothing. */
#define PATCH_ITEMS 10u
#define NO_PATCH_ITEMS 2u
/* Parameters of the new image beside those of the payload: class, digest, size. */
#define IMAGE_PARAMETERS 3u
/* Fetch arguments: the format; digest and size of the payload; size and hashes of its chunks. */
#define IDENTITY_ITEMS 2u
#define CHUNK_ITEMS 2u

static const uint8_t SELECT_BASE[] = {WIRE_COMMAND_SET_COMPONENT_INDEX, BASE_COMPONENT};
static const uint8_t SELECT_NEW[] = {WIRE_COMMAND_SET_COMPONENT_INDEX, NEW_COMPONENT};
static const uint8_t MATCH_IMAGE[] = {WIRE_COMMAND_CONDITION_IMAGE_MATCH, WIRE_REPORT_ALL};
static const uint8_t MATCH_CLASS[] = {WIRE_COMMAND_CONDITION_CLASS, WIRE_REPORT_ALL};
static const uint8_t MATCH_SLOT[] = {WIRE_COMMAND_CONDITION_COMPONENT_SLOT, WIRE_REPORT_ALL};
static const uint8_t FETCH[] = {WIRE_COMMAND_FETCH, WIRE_REPORT_ALL};
static const uint8_t KNOWN_FORMATS[] = WIRE_PAYLOAD_FORMATS;

#define READ_LITERALS(reader, values) dv_read_literals(reader, values, (uint32_t)sizeof(values))

/* A nested reader has to be finished, or what holds it is malformed. */
static void finish(struct dv_reader *reader, const struct dv_reader *nested)
{
    dv_require(reader, dv_is_finished(nested));
}

/* The 32 bytes of `[-16, digest]`; NULL if it is something else. */
static const uint8_t *find_digest(struct dv_reader *reader)
{
    dv_require(reader, dv_read_array(reader) == 2);
    dv_require(reader, dv_read_negative(reader) == WIRE_DIGEST_SHA256);
    return dv_read_bytes(reader, AIRDELTA_DIGEST_BYTES);
}

void dv_read_suit_digest(struct dv_reader *reader, uint8_t digest[AIRDELTA_DIGEST_BYTES])
{
    const uint8_t *bytes = find_digest(reader);
    if (bytes == NULL) {
        memset(digest, 0, AIRDELTA_DIGEST_BYTES);
    } else {
        memcpy(digest, bytes, AIRDELTA_DIGEST_BYTES);
    }
}

static const uint8_t *find_wrapped_digest(struct dv_reader *reader)
{
    struct dv_reader wrapped = dv_read_byte_string(reader);
    const uint8_t *bytes = find_digest(&wrapped);
    finish(reader, &wrapped);
    return bytes;
}

static void read_identifier(struct dv_reader *reader, uint32_t parameter, uint8_t *identifier)
{
    dv_read_literal(reader, parameter);
    const uint8_t *bytes = dv_read_bytes(reader, AIRDELTA_IDENTIFIER_BYTES);
    if (bytes != NULL) memcpy(identifier, bytes, AIRDELTA_IDENTIFIER_BYTES);
}

static uint32_t read_components(struct dv_reader *reader)
{
    uint32_t components = dv_read_array(reader);
    dv_require(reader, components == 1 || components == 2);
    for (uint8_t i = 0; !reader->is_malformed && i < components; i++) {
        dv_require(reader, dv_read_array(reader) == 1);
        const uint8_t *identifier = dv_read_bytes(reader, 1);
        dv_require(reader, identifier != NULL && identifier[0] == i);
    }
    return components;
}

/* The base image is matched before anything is fetched: what follows its selection; its digest. */
static const uint8_t *read_base(struct dv_reader *reader)
{
    dv_read_literal(reader, WIRE_COMMAND_OVERRIDE_PARAMETERS);
    dv_require(reader, dv_read_map(reader) == 1);
    dv_read_literal(reader, WIRE_PARAMETER_IMAGE_DIGEST);
    const uint8_t *digest = find_wrapped_digest(reader);
    READ_LITERALS(reader, MATCH_IMAGE);
    READ_LITERALS(reader, SELECT_NEW);
    return reader->is_malformed ? NULL : digest;
}

static int is_known_format(uint32_t payload_format)
{
    for (uint32_t i = 0; i < sizeof KNOWN_FORMATS; i++) {
        if (KNOWN_FORMATS[i] == payload_format) return 1;
    }
    return 0;
}

/* One hash of the same size for each chunk of the payload. */
static void read_chunks(struct dv_reader *reader, const uint8_t *manifest_start,
                        struct airdelta_manifest *manifest)
{
    uint32_t chunk_bytes = dv_read_unsigned(reader);
    struct dv_reader hashes = dv_read_byte_string(reader);
    dv_require(reader, chunk_bytes >= WIRE_MIN_CHUNK_BYTES && chunk_bytes <= WIRE_MAX_CHUNK_BYTES);
    dv_require(reader, manifest->payload.bytes > 0);
    if (reader->is_malformed) return;
    uint32_t count = (manifest->payload.bytes - 1u) / chunk_bytes + 1u;
    uint32_t hash_bytes = hashes.count / count;
    dv_require(reader, hash_bytes * count == hashes.count);
    dv_require(reader,
               hash_bytes >= WIRE_MIN_CHUNK_HASH_BYTES && hash_bytes <= WIRE_MAX_CHUNK_HASH_BYTES);
    manifest->chunks.chunk_bytes = chunk_bytes;
    manifest->chunks.hash_bytes = (uint16_t)hash_bytes;
    manifest->chunks.hashes_at = (uint16_t)(hashes.bytes - manifest_start);
}

static void read_identity(struct dv_reader *reader, struct airdelta_payload *payload)
{
    const uint8_t *digest = dv_read_bytes(reader, AIRDELTA_PAYLOAD_DIGEST_BYTES);
    if (digest != NULL) memcpy(payload->digest, digest, AIRDELTA_PAYLOAD_DIGEST_BYTES);
    payload->bytes = dv_read_unsigned(reader);
}

/* The payload of format `full` is the new image and not spelled out, unless it is encrypted. */
static void read_fetch_arguments(struct dv_reader *reader, const uint8_t *manifest_start,
                                 struct airdelta_manifest *manifest)
{
    uint32_t items = dv_read_array(reader);
    manifest->payload_format = dv_read_unsigned(reader);
    uint32_t is_encrypted = manifest->encryption.info_bytes > 0;
    uint32_t is_full = manifest->payload_format == WIRE_FORMAT_FULL && !is_encrypted;
    uint32_t plain_items = 1u + (is_full ? 0u : IDENTITY_ITEMS);
    uint32_t has_chunks = items == plain_items + CHUNK_ITEMS;
    dv_require(reader, has_chunks || (items == plain_items && !is_full));
    dv_require(reader, is_known_format(manifest->payload_format));
    if (!is_full) read_identity(reader, &manifest->payload);
    if (has_chunks) read_chunks(reader, manifest_start, manifest);
}

/* What is in it is read by whoever can decrypt (airdelta_keys.h); without that it is refused. */
static void read_encryption(struct dv_reader *reader, const uint8_t *manifest_start,
                            struct airdelta_manifest *manifest)
{
    dv_read_literal(reader, WIRE_PARAMETER_ENCRYPTION_INFO);
    struct dv_reader info = dv_read_byte_string(reader);
    dv_require(reader, info.count > 0);
    manifest->encryption.info_at = (uint16_t)(info.bytes - manifest_start);
    manifest->encryption.info_bytes = (uint16_t)info.count;
}

/* Where the payload is and how to read it, in one parameter (the URI), two (fetch arguments) or three
 * (encryption); whether it is inside the envelope. */
static int read_delivery(struct dv_reader *reader, const uint8_t *manifest_start,
                         uint32_t parameters, struct airdelta_manifest *manifest)
{
    static const char INTEGRATED[] = WIRE_INTEGRATED_PAYLOAD_URI;
    uint32_t integrated_bytes = (uint32_t)sizeof INTEGRATED - 1u;
    manifest->payload_format = WIRE_FORMAT_FULL;
    manifest->payload.bytes = manifest->new_image.bytes;
    memcpy(manifest->payload.digest, manifest->new_image.digest, AIRDELTA_PAYLOAD_DIGEST_BYTES);
    memset(&manifest->chunks, 0, sizeof manifest->chunks);
    memset(&manifest->encryption, 0, sizeof manifest->encryption);
    dv_require(reader, parameters >= 1 && parameters <= 3);
    if (parameters == 3) read_encryption(reader, manifest_start, manifest);
    dv_read_literal(reader, WIRE_PARAMETER_URI);
    struct dv_reader uri = dv_read_text(reader, WIRE_MAX_URI_BYTES);
    dv_require(reader, uri.count > 0);
    if (parameters > 1) {
        dv_read_literal(reader, WIRE_PARAMETER_FETCH_ARGUMENTS);
        struct dv_reader arguments = dv_read_byte_string(reader);
        read_fetch_arguments(&arguments, manifest_start, manifest);
        finish(reader, &arguments);
    }
    dv_require(reader, manifest->has_base ==
                           (manifest->payload_format >= WIRE_FIRST_PATCH_FORMAT));
    if (reader->is_malformed) return 0;
    manifest->payload.uri_at = (uint16_t)(uri.bytes - manifest_start);
    manifest->payload.uri_bytes = (uint8_t)uri.count;
    return uri.count == integrated_bytes && memcmp(uri.bytes, INTEGRATED, integrated_bytes) == 0;
}

/* The parameters of the new image but for those of its payload; how many those are. */
static uint32_t read_new_image(struct dv_reader *reader, struct airdelta_manifest *manifest)
{
    dv_read_literal(reader, WIRE_COMMAND_OVERRIDE_PARAMETERS);
    uint32_t parameters = dv_read_map(reader);
    read_identifier(reader, WIRE_PARAMETER_CLASS, manifest->class_id);
    dv_read_literal(reader, WIRE_PARAMETER_IMAGE_DIGEST);
    const uint8_t *digest = find_wrapped_digest(reader);
    if (digest != NULL) memcpy(manifest->new_image.digest, digest, AIRDELTA_DIGEST_BYTES);
    manifest->slot = AIRDELTA_NO_SLOT;
    uint32_t key = dv_read_unsigned(reader);
    if (key == WIRE_PARAMETER_COMPONENT_SLOT) {
        uint32_t slot = dv_read_unsigned(reader);
        dv_require(reader, slot <= WIRE_MAX_SLOT);
        manifest->slot = (uint8_t)slot;
        parameters -= 1u;
        key = dv_read_unsigned(reader);
    }
    dv_require(reader, key == WIRE_PARAMETER_IMAGE_SIZE);
    manifest->new_image.bytes = dv_read_unsigned(reader);
    return parameters - IMAGE_PARAMETERS;
}

/* Patches, ordered by the digests of their bases; the one for the running image replaces the full
 * image. The last choice, for devices that run another, changes nothing. Every payload is read into
 * `manifest`, and at last the chosen one again, for there is no room to keep it. */
static void read_choice(struct dv_reader *reader, const uint8_t *manifest_start,
                        const uint8_t running_digest[AIRDELTA_DIGEST_BYTES],
                        struct dv_reader *chosen, struct airdelta_manifest *manifest)
{
    const uint8_t *last_base = NULL;
    uint8_t has_base = 0;
    dv_read_literal(reader, WIRE_COMMAND_TRY_EACH);
    uint32_t choices = dv_read_array(reader);
    dv_require(reader, choices >= 2);
    manifest->has_base = 1;
    for (uint32_t i = 0; !reader->is_malformed && i + 1u < choices; i++) {
        struct dv_reader patch = dv_read_byte_string(reader);
        dv_require(&patch, dv_read_array(&patch) == PATCH_ITEMS);
        READ_LITERALS(&patch, SELECT_BASE);
        const uint8_t *base = read_base(&patch);
        dv_read_literal(&patch, WIRE_COMMAND_OVERRIDE_PARAMETERS);
        if (base != NULL && memcmp(base, running_digest, AIRDELTA_DIGEST_BYTES) == 0) {
            *chosen = patch;
            has_base = 1;
        }
        uint32_t parameters = dv_read_map(&patch);
        dv_require(&patch, !read_delivery(&patch, manifest_start, parameters, manifest));
        finish(reader, &patch);
        dv_require(reader, base != NULL && (last_base == NULL ||
                                            memcmp(last_base, base, AIRDELTA_DIGEST_BYTES) < 0));
        last_base = base;
    }
    struct dv_reader otherwise = dv_read_byte_string(reader);
    dv_require(&otherwise, dv_read_array(&otherwise) == NO_PATCH_ITEMS);
    READ_LITERALS(&otherwise, SELECT_NEW);
    finish(reader, &otherwise);
    READ_LITERALS(reader, SELECT_NEW);
    manifest->has_base = has_base;
    memcpy(manifest->base_digest, running_digest, AIRDELTA_DIGEST_BYTES);
}

static int read_install(struct dv_reader *reader, const uint8_t *manifest_start,
                        const uint8_t running_digest[AIRDELTA_DIGEST_BYTES],
                        struct airdelta_manifest *manifest, uint32_t components)
{
    uint32_t items = dv_read_array(reader);
    uint32_t is_choice = 0;
    if (components > 1) {
        dv_read_literal(reader, WIRE_COMMAND_SET_COMPONENT_INDEX);
        uint32_t first = dv_read_unsigned(reader);
        dv_require(reader, first == BASE_COMPONENT || first == NEW_COMPONENT);
        is_choice = first == NEW_COMPONENT;
        const uint8_t *base = is_choice ? NULL : read_base(reader);
        if (base != NULL) memcpy(manifest->base_digest, base, AIRDELTA_DIGEST_BYTES);
        manifest->has_base = !is_choice;
    }
    uint32_t parameters = read_new_image(reader, manifest);
    struct dv_reader payload = *reader;
    int is_integrated = read_delivery(reader, manifest_start, parameters, manifest);
    READ_LITERALS(reader, MATCH_CLASS);
    if (manifest->slot != AIRDELTA_NO_SLOT) READ_LITERALS(reader, MATCH_SLOT);
    uint32_t expected = INSTALL_ITEMS + (manifest->slot == AIRDELTA_NO_SLOT ? 0u : SLOT_ITEMS) +
                        (manifest->has_base ? BASE_ITEMS : 0u) + (is_choice ? CHOICE_ITEMS : 0u);
    dv_require(reader, items == expected);
    if (is_choice) {
        dv_require(reader, !is_integrated);
        read_choice(reader, manifest_start, running_digest, &payload, manifest);
        if (manifest->has_base) parameters = dv_read_map(&payload);
        (void)read_delivery(&payload, manifest_start, parameters, manifest);
    }
    READ_LITERALS(reader, FETCH);
    READ_LITERALS(reader, MATCH_IMAGE);
    return is_integrated;
}

int dv_manifest_read(struct dv_reader *reader, const uint8_t running_digest[AIRDELTA_DIGEST_BYTES],
                     struct airdelta_manifest *manifest, int *is_integrated)
{
    memset(manifest, 0, sizeof *manifest);
    dv_require(reader, dv_read_map(reader) == 4);
    dv_read_literal(reader, WIRE_MANIFEST_KEY_VERSION);
    dv_read_literal(reader, WIRE_MANIFEST_VERSION);
    dv_read_literal(reader, WIRE_MANIFEST_KEY_SEQUENCE_NUMBER);
    manifest->security_counter = dv_read_unsigned(reader);

    dv_read_literal(reader, WIRE_MANIFEST_KEY_COMMON);
    struct dv_reader common = dv_read_byte_string(reader);
    dv_require(&common, dv_read_map(&common) == 1);
    dv_read_literal(&common, WIRE_COMMON_KEY_COMPONENTS);
    uint32_t components = read_components(&common);
    finish(reader, &common);

    dv_read_literal(reader, WIRE_MANIFEST_KEY_INSTALL);
    struct dv_reader install = dv_read_byte_string(reader);
    *is_integrated =
        read_install(&install, reader->bytes, running_digest, manifest, components);
    finish(reader, &install);
    return dv_is_finished(reader);
}
