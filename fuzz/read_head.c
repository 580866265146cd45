/*
 * Fuzz target: what the device reads before it trusts anybody.
 *
 * The first byte of an input says as what the rest is read: a head, a manifest, an authorisation to
 * roll back, a configuration file. Digests are not computed: every digest is zeros, which heads name
 * in the corpus, so that what is behind the digest's check is reached. The rest is in a block of
 * exactly its size, so that the sanitizers see a read behind it; what they cannot see is checked here.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admission.h"
#include "configuration_file.h"
#include "envelope.h"
#include "manifest.h"
#include "wire_numbers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t count);

#define KINDS 4u

static void check(int holds, const char *promise)
{
    if (holds) return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

/* The image that runs, for manifests with patches for many. */
static const uint8_t RUNNING[AIRDELTA_DIGEST_BYTES] = {0};

/* What is digested has to be read, for the sanitizers. */
static uint8_t seen;

static void digest_begin(void *context)
{
    (void)context;
}

static void digest_update(void *context, const uint8_t *bytes, uint32_t count)
{
    (void)context;
    for (uint32_t i = 0; i < count; i++) seen ^= bytes[i];
}

static void digest_finish(void *context, uint8_t digest[AIRDELTA_DIGEST_BYTES])
{
    (void)context;
    memset(digest, 0, AIRDELTA_DIGEST_BYTES);
}

static const struct airdelta_port port = {
    .digest_begin = digest_begin, .digest_update = digest_update, .digest_finish = digest_finish};

static void check_manifest(const struct airdelta_manifest *manifest, uint32_t count)
{
    const struct airdelta_chunks *chunks = &manifest->chunks;
    check(manifest->slot <= 1 || manifest->slot == AIRDELTA_NO_SLOT, "there are two slots");
    check(manifest->has_base == (manifest->payload_format >= WIRE_FIRST_PATCH_FORMAT),
          "exactly patches have a base image");
    check(manifest->payload.uri_bytes > 0 &&
              (uint32_t)manifest->payload.uri_at + manifest->payload.uri_bytes <= count,
          "the payload's URI is inside what was read");
    if (chunks->chunk_bytes == 0) return;
    uint64_t hashes = ((uint64_t)manifest->payload.bytes + chunks->chunk_bytes - 1) /
                      chunks->chunk_bytes;
    check(hashes > 0 && chunks->hash_bytes >= 8 && chunks->hash_bytes <= 16,
          "chunk hashes have 8 to 16 bytes");
    check(chunks->hashes_at + hashes * chunks->hash_bytes <= count,
          "chunk hashes are inside what was read");
}

static void read_head(const uint8_t *bytes, uint32_t count)
{
    struct dv_envelope envelope;
    if (dv_envelope_read(&port, bytes, count, RUNNING, &envelope) != AIRDELTA_DEVICE_OK) return;
    check_manifest(&envelope.manifest, count);
    check(envelope.signature >= bytes && envelope.signature + WIRE_SIGNATURE_BYTES <= bytes + count,
          "the signature is inside the head");
    check(count <= WIRE_MAX_HEAD_BYTES, "no head is over the limit");
}

static void read_manifest(const uint8_t *bytes, uint32_t count)
{
    struct airdelta_manifest manifest;
    int is_integrated = 0;
    struct dv_reader reader = dv_reader_over(bytes, count);
    if (dv_manifest_read(&reader, RUNNING, &manifest, &is_integrated)) check_manifest(&manifest, count);
}

static int accept_all(void *context, int32_t algorithm, const uint8_t *message, uint32_t count,
                      const uint8_t *signature, uint32_t signature_bytes)
{
    digest_update(context, message, count);
    digest_update(context, signature, signature_bytes);
    return algorithm != 0;
}

static void read_rollback(const uint8_t *bytes, uint32_t count)
{
    struct dv_rollback rollback;
    struct airdelta_manifest manifest;
    struct airdelta_port trusting = port;
    struct airdelta_device_config config;
    struct dv_reader reader = dv_reader_over(bytes, count);
    if (!dv_rollback_read(&reader, &rollback)) return;
    memset(&manifest, 0, sizeof manifest);
    memset(&config, 0, sizeof config);
    trusting.verify = accept_all;
    config.port = &trusting;
    manifest.security_counter = rollback.image_counter;
    memcpy(manifest.new_image.digest, rollback.image_digest, AIRDELTA_DIGEST_BYTES);
    memcpy(config.class_id, rollback.class_id, AIRDELTA_IDENTIFIER_BYTES);
    config.device_id = rollback.device_id;
    check(dv_rollback_permits(&rollback, &config, rollback.highest_replaced_counter, &manifest),
          "what an authorisation names is what it permits");
}

static void read_configuration(const uint8_t *bytes, uint32_t count)
{
    if (count < AIRDELTA_CONFIGURATION_HEAD_BYTES) return;
    uint32_t file_bytes = dv_file_bytes(bytes, count);
    check(file_bytes <= count, "a file fits its limit");
    if (file_bytes == 0 || !dv_file_is_well_formed(bytes, file_bytes)) return;
    for (uint32_t type = 0; type < 9; type++) {
        uint32_t at = dv_file_find(bytes, file_bytes, (uint16_t)type);
        check(at == file_bytes || at + dv_file_entry_bytes(bytes, at) <= file_bytes,
              "entries are inside their file");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t count)
{
    static void (*const READERS[KINDS])(const uint8_t *, uint32_t) = {
        read_head, read_manifest, read_rollback, read_configuration};
    if (count < 1 || count > UINT16_MAX) return 0;
    uint8_t *exact = malloc(count - 1 > 0 ? count - 1 : 1);
    if (exact == NULL) return 0;
    memcpy(exact, data + 1, count - 1);
    READERS[data[0] % KINDS](exact, (uint32_t)(count - 1));
    free(exact);
    return 0;
}
