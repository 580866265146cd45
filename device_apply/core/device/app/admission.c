#include "admission.h"

#include <string.h>

#include "airdelta_keys.h"
#include "envelope.h"

const struct airdelta_decoder *dv_decoder_for(const struct airdelta_device_config *config,
                                              uint32_t payload_format)
{
    if (payload_format == airdelta_full_decoder.payload_format) return &airdelta_full_decoder;
    for (uint32_t i = 0; i < config->decoder_count; i++) {
        if (config->decoders[i]->payload_format == payload_format) return config->decoders[i];
    }
    return NULL;
}

static airdelta_device_status check_addressee(const struct dv_facts *facts,
                                              const struct airdelta_manifest *manifest)
{
    const struct airdelta_device_config *config = facts->config;
    /* (4), (5): vendor and device class, in one identifier. */
    if (memcmp(manifest->class_id, config->class_id, AIRDELTA_IDENTIFIER_BYTES) != 0) {
        return AIRDELTA_REJECTED_CLASS;
    }
    return AIRDELTA_DEVICE_OK;
}

/* (6): anti-rollback; equal is a re-issue of the same release. An authorisation that is there has to
 * be good, needed or not. */
static airdelta_device_status check_counter(const struct dv_facts *facts,
                                            const struct dv_envelope *envelope)
{
    uint32_t counter = facts->state->security_counter;
    int may_run = envelope->manifest.security_counter >= counter;
    if (envelope->rollback.claims != NULL) {
        may_run = dv_rollback_permits(&envelope->rollback, facts->config, counter,
                                      &envelope->manifest);
    }
    return may_run ? AIRDELTA_DEVICE_OK : AIRDELTA_REJECTED_SECURITY_COUNTER;
}

static airdelta_device_status check_fit(const struct dv_facts *facts,
                                        const struct airdelta_manifest *manifest)
{
    const struct airdelta_layout *layout = facts->config->layout;
    uint8_t free_slot = facts->running_slot ^ 1u;
    uint8_t new_slot = layout->installer != NULL ? 0 : free_slot;
    uint8_t wanted_slot = layout->is_per_slot ? free_slot : AIRDELTA_NO_SLOT;
    /* (7): applier. */
    if (dv_decoder_for(facts->config, manifest->payload_format) == NULL) {
        return AIRDELTA_REJECTED_PAYLOAD_FORMAT;
    }
    /* (8): the slot's part; the download area's follows when the session is planned. */
    if (manifest->new_image.bytes == 0 ||
        manifest->new_image.bytes > layout->slots[new_slot].bytes) {
        return AIRDELTA_REJECTED_SIZE;
    }
    /* (9): slot. */
    if (manifest->slot != wanted_slot) return AIRDELTA_REJECTED_SLOT;
    return AIRDELTA_DEVICE_OK;
}

static int is_unlocked(const struct airdelta_device_config *config, const uint8_t *head,
                       struct airdelta_manifest *manifest)
{
    if (manifest->encryption.info_bytes == 0) return 1;
    return config->decryption != NULL && config->decryption->unlock(config, head, manifest);
}

airdelta_device_status dv_admit_head(const struct dv_facts *facts, const uint8_t *head,
                                     uint32_t head_bytes, struct airdelta_manifest *manifest)
{
    struct dv_envelope envelope;
    const struct airdelta_port *port = facts->config->port;
    const struct airdelta_image *running = &facts->state->slots[facts->running_slot].image;
    /* (1), (2): format and manifest digest. */
    airdelta_device_status status = dv_envelope_read(port, head, head_bytes, running->digest, &envelope);
    if (status != AIRDELTA_DEVICE_OK) return status;
    /* (3): signature. Until here nothing that the manifest says is acted upon. */
    if (!port->verify(port->context, envelope.algorithm, envelope.signed_bytes,
                      envelope.signed_count, envelope.signature, envelope.signature_bytes)) {
        return AIRDELTA_REJECTED_SIGNATURE;
    }
    status = check_addressee(facts, &envelope.manifest);
    if (status == AIRDELTA_DEVICE_OK) status = check_counter(facts, &envelope);
    if (status == AIRDELTA_DEVICE_OK) status = check_fit(facts, &envelope.manifest);
    if (status != AIRDELTA_DEVICE_OK) return status;
    /* (10): base. The format guarantees that exactly patches have a base image. */
    if (envelope.manifest.has_base &&
        memcmp(envelope.manifest.base_digest, running->digest, AIRDELTA_DIGEST_BYTES) != 0) {
        return AIRDELTA_REJECTED_BASE;
    }
    /* (15): encryption. Before airtime is spent on what this device cannot decrypt. */
    if (!is_unlocked(facts->config, head, &envelope.manifest)) return AIRDELTA_REJECTED_ENCRYPTION;
    *manifest = envelope.manifest;
    return AIRDELTA_DEVICE_OK;
}
