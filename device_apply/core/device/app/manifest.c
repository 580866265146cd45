#include "manifest.h"

#include <string.h>

#include "wire_numbers.h"

#define NEW_COMPONENT 0u
#define BASE_COMPONENT 1u
/* Items of a sequence: what a full image takes, what parameter 5 adds, what a patch adds. */
#define SHARED_ITEMS 6u
#define SHARED_SLOT_ITEMS 2u
#define INSTALL_ITEMS 6u
#define PATCH_ITEMS 6u
/* Pairs that chunk hashes add to the fetch arguments. */
#define CHUNK_PAIRS 2u
/* Parameters of the new image without parameter 5. */
#define NEW_PARAMETERS 4u

static const uint8_t SELECT_BASE[] = {WIRE_COMMAND_SET_COMPONENT_INDEX, BASE_COMPONENT};
static const uint8_t SELECT_NEW[] = {WIRE_COMMAND_SET_COMPONENT_INDEX, NEW_COMPONENT};
static const uint8_t MATCH_IMAGE[] = {WIRE_COMMAND_CONDITION_IMAGE_MATCH, WIRE_REPORT_ALL};
static const uint8_t MATCH_DEVICE[] = {WIRE_COMMAND_CONDITION_VENDOR, WIRE_REPORT_ALL,
                                       WIRE_COMMAND_CONDITION_CLASS, WIRE_REPORT_ALL};
static const uint8_t MATCH_SLOT[] = {WIRE_COMMAND_CONDITION_COMPONENT_SLOT, WIRE_REPORT_ALL};
static const uint8_t FETCH[] = {WIRE_COMMAND_FETCH, WIRE_REPORT_ALL};
static const uint8_t KNOWN_FORMATS[] = WIRE_PAYLOAD_FORMATS;

#define READ_LITERALS(reader, values) dv_read_literals(reader, values, (uint32_t)sizeof(values))

/* A nested reader has to be finished, or what holds it is malformed. */
static void finish(struct dv_reader *reader, const struct dv_reader *nested)
{
    dv_require(reader, dv_is_finished(nested));
}

void dv_read_suit_digest(struct dv_reader *reader, uint8_t digest[AIRDELTA_DIGEST_BYTES])
{
    dv_require(reader, dv_read_array(reader) == 2);
    dv_require(reader, dv_read_negative(reader) == WIRE_DIGEST_SHA256);
    const uint8_t *bytes = dv_read_bytes(reader, AIRDELTA_DIGEST_BYTES);
    if (bytes == NULL) {
        memset(digest, 0, AIRDELTA_DIGEST_BYTES);
    } else {
        memcpy(digest, bytes, AIRDELTA_DIGEST_BYTES);
    }
}

static void read_wrapped_digest(struct dv_reader *reader, uint8_t digest[AIRDELTA_DIGEST_BYTES])
{
    struct dv_reader wrapped = dv_read_byte_string(reader);
    dv_read_suit_digest(&wrapped, digest);
    finish(reader, &wrapped);
}

static void read_identifier(struct dv_reader *reader, uint32_t parameter, uint8_t *identifier)
{
    dv_read_literal(reader, parameter);
    const uint8_t *bytes = dv_read_bytes(reader, AIRDELTA_IDENTIFIER_BYTES);
    if (bytes != NULL) memcpy(identifier, bytes, AIRDELTA_IDENTIFIER_BYTES);
}

static void read_components(struct dv_reader *reader, struct airdelta_manifest *manifest)
{
    uint32_t components = dv_read_array(reader);
    dv_require(reader, components == 1 || components == 2);
    manifest->has_base = components == 2;
    for (uint8_t i = 0; i < 1 + manifest->has_base; i++) {
        dv_require(reader, dv_read_array(reader) == 1);
        const uint8_t *identifier = dv_read_bytes(reader, 1);
        dv_require(reader, identifier != NULL && identifier[0] == i);
    }
}

static void read_base_image(struct dv_reader *reader, struct airdelta_image *image)
{
    READ_LITERALS(reader, SELECT_BASE);
    dv_read_literal(reader, WIRE_COMMAND_OVERRIDE_PARAMETERS);
    dv_require(reader, dv_read_map(reader) == 2);
    dv_read_literal(reader, WIRE_PARAMETER_IMAGE_DIGEST);
    read_wrapped_digest(reader, image->digest);
    dv_read_literal(reader, WIRE_PARAMETER_IMAGE_SIZE);
    image->bytes = dv_read_unsigned(reader);
    READ_LITERALS(reader, SELECT_NEW);
}

static void read_shared_sequence(struct dv_reader *reader, struct airdelta_manifest *manifest)
{
    uint32_t items = dv_read_array(reader);
    if (manifest->has_base) read_base_image(reader, &manifest->base_image);
    dv_read_literal(reader, WIRE_COMMAND_OVERRIDE_PARAMETERS);
    uint32_t parameters = dv_read_map(reader);
    uint32_t has_slot = parameters == NEW_PARAMETERS + 1u;
    dv_require(reader, parameters == NEW_PARAMETERS + has_slot);
    dv_require(reader, items == SHARED_ITEMS + has_slot * SHARED_SLOT_ITEMS +
                                    manifest->has_base * PATCH_ITEMS);
    read_identifier(reader, WIRE_PARAMETER_VENDOR, manifest->vendor_id);
    read_identifier(reader, WIRE_PARAMETER_CLASS, manifest->class_id);
    dv_read_literal(reader, WIRE_PARAMETER_IMAGE_DIGEST);
    read_wrapped_digest(reader, manifest->new_image.digest);
    manifest->slot = AIRDELTA_NO_SLOT;
    if (has_slot) {
        dv_read_literal(reader, WIRE_PARAMETER_COMPONENT_SLOT);
        uint32_t slot = dv_read_unsigned(reader);
        dv_require(reader, slot <= WIRE_MAX_SLOT);
        manifest->slot = (uint8_t)slot;
    }
    dv_read_literal(reader, WIRE_PARAMETER_IMAGE_SIZE);
    manifest->new_image.bytes = dv_read_unsigned(reader);
    READ_LITERALS(reader, MATCH_DEVICE);
    if (has_slot) READ_LITERALS(reader, MATCH_SLOT);
}

static void read_common(struct dv_reader *reader, struct airdelta_manifest *manifest)
{
    dv_require(reader, dv_read_map(reader) == 2);
    dv_read_literal(reader, WIRE_COMMON_KEY_COMPONENTS);
    read_components(reader, manifest);
    dv_read_literal(reader, WIRE_COMMON_KEY_SHARED_SEQUENCE);
    struct dv_reader shared = dv_read_byte_string(reader);
    read_shared_sequence(&shared, manifest);
    finish(reader, &shared);
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
    dv_read_literal(reader, WIRE_FETCH_CHUNK_SIZE);
    uint32_t chunk_bytes = dv_read_unsigned(reader);
    dv_read_literal(reader, WIRE_FETCH_CHUNK_HASHES);
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

static void read_payload(struct dv_reader *reader, struct airdelta_manifest *manifest)
{
    dv_read_literal(reader, WIRE_FETCH_PAYLOAD_DIGEST);
    read_wrapped_digest(reader, manifest->payload.digest);
    dv_read_literal(reader, WIRE_FETCH_PAYLOAD_SIZE);
    manifest->payload.bytes = dv_read_unsigned(reader);
}

/* The payload of format `full` is the new image and not spelled out, unless it is encrypted. */
static void read_fetch_arguments(struct dv_reader *reader, const uint8_t *manifest_start,
                                 struct airdelta_manifest *manifest)
{
    uint32_t pairs = dv_read_map(reader);
    dv_read_literal(reader, WIRE_FETCH_PAYLOAD_FORMAT);
    manifest->payload_format = dv_read_unsigned(reader);
    uint32_t is_encrypted = manifest->encryption.info_bytes > 0;
    uint32_t is_full = manifest->payload_format == WIRE_FORMAT_FULL && !is_encrypted;
    uint32_t plain_pairs = is_full ? 1u : 3u + manifest->has_base;
    uint32_t has_chunks = pairs == plain_pairs + CHUNK_PAIRS;
    dv_require(reader, has_chunks || (pairs == plain_pairs && !is_full));
    dv_require(reader, is_known_format(manifest->payload_format));
    dv_require(reader, manifest->has_base ==
                           (manifest->payload_format >= WIRE_FIRST_PATCH_FORMAT));
    if (manifest->has_base) {
        dv_read_literal(reader, WIRE_FETCH_BASE_COMPONENT);
        dv_read_literal(reader, BASE_COMPONENT);
    }
    manifest->payload = manifest->new_image;
    if (!is_full) read_payload(reader, manifest);
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

static void read_fetch(struct dv_reader *reader, const uint8_t *manifest_start,
                       struct airdelta_manifest *manifest, int *is_integrated)
{
    static const char INTEGRATED[] = WIRE_INTEGRATED_PAYLOAD_URI;
    uint32_t uri_bytes = (uint32_t)sizeof INTEGRATED - 1u;
    dv_read_literal(reader, WIRE_COMMAND_OVERRIDE_PARAMETERS);
    uint32_t parameters = dv_read_map(reader);
    uint32_t is_encrypted = parameters == 3;
    dv_require(reader, parameters >= 1 && parameters <= 3);
    if (is_encrypted) read_encryption(reader, manifest_start, manifest);
    dv_read_literal(reader, WIRE_PARAMETER_URI);
    struct dv_reader uri = dv_read_text(reader, WIRE_MAX_URI_BYTES);
    dv_require(reader, uri.count > 0);
    *is_integrated = uri.count == uri_bytes && memcmp(uri.bytes, INTEGRATED, uri_bytes) == 0;
    if (parameters > 1) {
        dv_read_literal(reader, WIRE_PARAMETER_FETCH_ARGUMENTS);
        struct dv_reader arguments = dv_read_byte_string(reader);
        read_fetch_arguments(&arguments, manifest_start, manifest);
        finish(reader, &arguments);
    } else {
        dv_require(reader, !manifest->has_base);
        manifest->payload_format = WIRE_FORMAT_FULL;
        manifest->payload = manifest->new_image;
    }
}

/* The base image is matched before anything is fetched, the new image after. */
static void read_install(struct dv_reader *reader, const uint8_t *manifest_start,
                         struct airdelta_manifest *manifest, int *is_integrated)
{
    uint32_t items = INSTALL_ITEMS + manifest->has_base * PATCH_ITEMS;
    dv_require(reader, dv_read_array(reader) == items);
    if (manifest->has_base) {
        READ_LITERALS(reader, SELECT_BASE);
        READ_LITERALS(reader, MATCH_IMAGE);
        READ_LITERALS(reader, SELECT_NEW);
    }
    read_fetch(reader, manifest_start, manifest, is_integrated);
    READ_LITERALS(reader, FETCH);
    READ_LITERALS(reader, MATCH_IMAGE);
}

int dv_manifest_read(struct dv_reader *reader, struct airdelta_manifest *manifest,
                     int *is_integrated)
{
    memset(manifest, 0, sizeof *manifest);
    dv_require(reader, dv_read_map(reader) == 5);
    dv_read_literal(reader, WIRE_MANIFEST_KEY_VERSION);
    dv_read_literal(reader, WIRE_MANIFEST_VERSION);
    dv_read_literal(reader, WIRE_MANIFEST_KEY_SEQUENCE_NUMBER);
    manifest->security_counter = dv_read_unsigned(reader);

    dv_read_literal(reader, WIRE_MANIFEST_KEY_COMMON);
    struct dv_reader common = dv_read_byte_string(reader);
    read_common(&common, manifest);
    finish(reader, &common);

    dv_read_literal(reader, WIRE_MANIFEST_KEY_VALIDATE);
    struct dv_reader validate = dv_read_byte_string(reader);
    dv_require(&validate, dv_read_array(&validate) == 2);
    READ_LITERALS(&validate, MATCH_IMAGE);
    finish(reader, &validate);

    dv_read_literal(reader, WIRE_MANIFEST_KEY_INSTALL);
    struct dv_reader install = dv_read_byte_string(reader);
    read_install(&install, reader->bytes, manifest, is_integrated);
    finish(reader, &install);
    return dv_is_finished(reader);
}
