/* What the files of the bench share. */
#ifndef AIRDELTA_BENCH_RIG_H
#define AIRDELTA_BENCH_RIG_H

#include <setjmp.h>

#include "airdelta_configuration.h"
#include "airdelta_recovery.h"
#include "airdelta_sha256.h"
#include "airdelta_smp.h"
#include "bench.h"
#include "envelope.h"
#include "known_digests.h"

#define SIGNATURE_BYTES 64u
/* What is signed of a manifest with an algorithm of this size: Ed25519, ESP256. */
#define SHORT_SIGNED_BYTES 55u
#define MAX_TRUSTED 16u
/* The longest message that is signed: an authorisation to roll back. */
#define MESSAGE_BYTES 160u
/* Longest answers on the serial line between two calls of bench_said(). */
#define SAID_BYTES 1024u
#define CONFIGURATION_KEY_BYTES 32u
#define RIG_INSTALLER_BYTES 1024u

struct trusted {
    int32_t algorithm;
    uint32_t count;
    uint8_t message[MESSAGE_BYTES];
    uint8_t signature[SIGNATURE_BYTES];
};

struct bench {
    struct flash_model *flash;
    struct airdelta_layout layout;
    struct airdelta_port port;
    struct airdelta_device_config config;
    struct airdelta_key_store keys; /* if some were lent */
    struct airdelta_device device;
    struct airdelta_boot_report report;
    struct known_digests digests;
    struct trusted trusted[MAX_TRUSTED];
    uint8_t device_id[AIRDELTA_IDENTIFIER_BYTES];
    uint32_t trusted_count;
    struct bench_host host; /* functions are NULL without one */
    struct host_decoders *host_decoders;
    uint32_t now_ms;
    uint32_t slice_operations;
    uint32_t longest_slice;
    int may_commit;
    struct airdelta_recovery recovery;
    struct airdelta_key_ring key_ring;
    struct airdelta_key_ring_config key_ring_config;
    struct airdelta_smp_server server;
    struct airdelta_configuration configuration;
    struct airdelta_configuration_config configuration_config;
    uint8_t configuration_key[CONFIGURATION_KEY_BYTES];
    uint8_t configuration_buffer[512];
    uint8_t said[SAID_BYTES];
    uint32_t said_bytes;
    uint64_t installer_memory[RIG_INSTALLER_BYTES / sizeof(uint64_t)];
    jmp_buf power_lost;
};

/* Everything a call changed is in flash or in `bench`: no local outlives the jump. */
#define GUARDED(bench, call) (setjmp((bench)->power_lost) != 0 ? BENCH_POWER_LOST : (int)(call))

/* Forget what the host lent. */
void rig_return_host(struct bench *bench);

/* Connect the device to the flash model, the digest and the switches of the bench. */
void rig_connect(struct bench *bench);

#endif
