/*
 * airdelta on the device: receive, verify, stage, try and confirm updates, whatever the power does.
 *
 * The library has two parts. The bootloader links `boot/`: which slot runs after a reset. It has no
 * parser, no decoder and no cryptography of its own. The application links both: downloading,
 * checking and staging run there, while the old image still works.
 *
 *     // bootloader, once per reset
 *     airdelta_boot(&port, &layout, &report);          // then jump into report.slot
 *
 *     // application
 *     airdelta_device_start(&device, &config, report.slot);
 *     while ((status = airdelta_device_offer(&device, head, head_bytes, fragment_bytes)) ==
 *            AIRDELTA_DEVICE_BUSY) { }
 *     while ((index = airdelta_device_next_missing(&device, 0)) != AIRDELTA_NONE_MISSING)
 *         airdelta_device_receive(&device, index, bytes, count);
 *     while ((status = airdelta_device_install(&device)) == AIRDELTA_DEVICE_BUSY) { }
 *     reset();                                         // trial boot of the new image, which calls
 *     airdelta_device_confirm(&device);                // this when it finds itself healthy
 *
 * There is no heap, no static RAM and no clock in the library. Every call ends in bounded time, and
 * the power may fail in any of them: the device boots the old image or the new one. All memory is
 * the caller's; everything that has to outlast a reset is in flash.
 */
#ifndef AIRDELTA_DEVICE_H
#define AIRDELTA_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIRDELTA_DIGEST_BYTES 32u
#define AIRDELTA_IDENTIFIER_BYTES 16u
#define AIRDELTA_PAYLOAD_DIGEST_BYTES 16u
/* Least bytes of one bank of the state region: eight records of 128 bytes. */
#define AIRDELTA_MIN_STATE_BANK_BYTES 1024u
/* Largest fragment: what one cut can lose, and the buffer that slots are programmed from. */
#define AIRDELTA_MAX_FRAGMENT_BYTES 256u
/* The longest program operation: a fragment and its header, filled up to units of 32 bytes. */
#define AIRDELTA_BURST_BYTES 288u
/* Fragments that power cuts may spoil before a download has to begin again. */
#define AIRDELTA_SPARE_FRAGMENTS 8u
/* Boots in which a new image may confirm itself: BOOT_A_LEFT in RAUC's U-Boot boot script. */
#define AIRDELTA_TRIAL_BOOTS 3u
#define AIRDELTA_NONE_MISSING 0xFFFFFFFFu
#define AIRDELTA_NO_SLOT 0xFFu

/* What a call says. Values are stable. -1 to -15 are the numbered checks of THREATS.md: the update
 * was refused before anything bootable changed, except by 14, when the inactive slot was in use. */
typedef enum airdelta_device_status {
    AIRDELTA_DEVICE_OK = 0,
    AIRDELTA_DEVICE_BUSY = 1,    /* the slice is used up: call again */
    AIRDELTA_DEVICE_WAITING = 2, /* `may_commit` says not now: call again later */
    AIRDELTA_DEVICE_TOO_EARLY = 3, /* streaming: a fragment before this one is missing */
    AIRDELTA_REJECTED_FORMAT = -1,
    AIRDELTA_REJECTED_MANIFEST_DIGEST = -2,
    AIRDELTA_REJECTED_SIGNATURE = -3,
    AIRDELTA_REJECTED_CLASS = -5, /* or vendor: one identifier says both, so -4 is not used */
    AIRDELTA_REJECTED_SECURITY_COUNTER = -6,
    AIRDELTA_REJECTED_PAYLOAD_FORMAT = -7,
    AIRDELTA_REJECTED_SIZE = -8,
    AIRDELTA_REJECTED_SLOT = -9,
    AIRDELTA_REJECTED_BASE = -10,
    AIRDELTA_REJECTED_PAYLOAD = -11,
    AIRDELTA_REJECTED_MEMORY = -12,
    AIRDELTA_REJECTED_REHEARSAL = -13,
    AIRDELTA_FAILED_STAGING = -14,
    AIRDELTA_REJECTED_ENCRYPTION = -15, /* for another key, or not what that key encrypted */
    AIRDELTA_DEVICE_BAD_ARGUMENT = -32,  /* the caller's own mistake: sizes, alignment, layout */
    AIRDELTA_DEVICE_OUT_OF_ORDER = -33,  /* the call cannot happen in this state */
    AIRDELTA_DEVICE_FLASH_FAILED = -34,  /* the flash does not take or give what it should */
    AIRDELTA_DEVICE_STATE_LOST = -35,    /* no valid state record: never provisioned, or damaged */
    AIRDELTA_DEVICE_NOTHING_BOOTS = -36, /* no slot holds the image that its record names */
    AIRDELTA_DEVICE_STORAGE_SPENT = -37, /* every spare fragment is spoilt: offer again */
    AIRDELTA_DEVICE_ON_TRIAL = -38,      /* the running image has to confirm itself first */
    AIRDELTA_DEVICE_CHUNK_CORRUPT = -39  /* bytes differ from the signed hashes: ask again */
} airdelta_device_status;

/* --- what the port supplies --------------------------------------------------------------- */

enum airdelta_flash_result {
    AIRDELTA_FLASH_OK = 0,
    AIRDELTA_FLASH_UNREADABLE = 1, /* read: an error that ECC cannot correct. Must not trap */
    AIRDELTA_FLASH_REFUSED = 2,    /* program: a unit is not blank; nothing else goes wrong */
    AIRDELTA_FLASH_FAILED = 3      /* anything else: bus error, out of range */
};

/*
 * How the library reaches the device. Offsets count from the start of the flash, on-chip or
 * external; routines that run from RAM, wait states and caches are the port's business. `program`
 * gets whole write units, at most AIRDELTA_BURST_BYTES, which may cross the part's pages and
 * sectors; `erase` gets the offset of a sector.
 */
struct airdelta_port {
    void *context;
    enum airdelta_flash_result (*read)(void *context, uint32_t offset, void *bytes, uint32_t count);
    enum airdelta_flash_result (*program)(void *context, uint32_t offset, const void *bytes,
                                         uint32_t count);
    enum airdelta_flash_result (*erase)(void *context, uint32_t offset);
    /* Bytes of the sector that starts at `offset`, 0 if none does. */
    uint32_t (*sector_bytes)(void *context, uint32_t offset);
    /* SHA-256, one at a time: airdelta_sha256.h, or an accelerator. */
    void (*digest_begin)(void *context);
    void (*digest_update)(void *context, const uint8_t *bytes, uint32_t count);
    void (*digest_finish)(void *context, uint8_t digest[AIRDELTA_DIGEST_BYTES]);
    /* Whether a trusted key of exactly this COSE algorithm made `signature`, of as many bytes as the
     * algorithm has: 64 of Ed25519 and ESP256, up to 4,627 of ML-DSA; HSS/LMS varies. Only the
     * application needs it. */
    int (*verify)(void *context, int32_t algorithm, const uint8_t *message, uint32_t count,
                  const uint8_t *signature, uint32_t signature_bytes);
    /* Whether the image in these bytes of flash is one that the vendor signed, whatever the state log
     * says of it: asked at every boot, before an image runs (airdelta_secure_boot.h). NULL: what the
     * state log names is trusted. */
    int (*is_authentic)(void *context, uint32_t offset, uint32_t bytes);
    /* Whether battery and user allow a slot to be erased now. NULL: always. With one slot it is the
     * bootloader that asks, and boots the old image while the answer is no. */
    int (*may_commit)(void *context);
    /* Any clock that counts milliseconds, for stalled downloads. NULL: they never stall. */
    uint32_t (*now_ms)(void *context);
    /* Called before each erase and program, and at least once per 4 KiB read. NULL: none. */
    void (*watchdog)(void *context);
    /* With one slot, what the layout's installer works in: its `memory_bytes`, aligned like a
     * pointer. Only the bootloader needs it. */
    void *installer_memory;
};

struct airdelta_region {
    uint32_t offset;
    uint32_t bytes;
};

struct airdelta_installer; /* airdelta_installer.h */

/* How flash is divided: whole sectors each, none shared. */
struct airdelta_layout {
    /* Two slots that run, or with an installer the one that runs and the area where the application
     * stages for it: the new image, or the program of a commit in place. */
    struct airdelta_region slots[2];
    struct airdelta_region download;
    struct airdelta_region state; /* two or more banks */
    struct airdelta_region scratch; /* for decoders while they work; 0 bytes: none */
    struct airdelta_region journal; /* in place: two banks, of whole sectors */
    struct airdelta_region stash;   /* in place: pages that keep what other pages still need */
    struct airdelta_region checkpoints; /* streaming: two halves of whole sectors */
    uint32_t page_bytes;            /* in place: whole sectors, all of one size; a power of 2 */
    const struct airdelta_installer *installer; /* NULL: two slots that run (A/B) */
    uint32_t state_bank_bytes;    /* whole sectors, at least AIRDELTA_MIN_STATE_BANK_BYTES */
    uint16_t write_unit_bytes;    /* 1 to 32 */
    uint8_t erased_value;         /* 0xFF or 0x00 */
    uint8_t takes_reprogramming;  /* no ECC: a unit may be programmed again before its erase */
    uint8_t is_per_slot;          /* code runs in place: an image is linked for one slot */
};

/* --- what the device remembers ------------------------------------------------------------ */

/* Where an update stands. The numbers are stored in flash and never reused. */
enum airdelta_lifecycle {
    AIRDELTA_IDLE = 0,
    AIRDELTA_DOWNLOADING = 1, /* a verified head is stored; fragments may be missing */
    AIRDELTA_DOWNLOADED = 2,  /* every fragment is stored; the digest is not checked yet */
    AIRDELTA_VERIFIED = 3,    /* the signed payload, rehearsed; only now a slot may be erased */
    AIRDELTA_STAGED = 4,      /* the new image, or the program that makes it, is in `slots[1]` */
    AIRDELTA_TRIAL = 5,       /* the new image had a boot and has not confirmed itself */
    AIRDELTA_CONFIRMED = 6,   /* the new image runs for good, the security counter is its own */
    AIRDELTA_REVERTED = 7,    /* the new image failed its trial; the one before runs for good */
    AIRDELTA_RECOVERY = 8,    /* no slot may run; an image has to come from elsewhere */
    AIRDELTA_COMMITTING = 9,  /* one slot: the bootloader is writing it, and will finish */
    AIRDELTA_LIFECYCLE_COUNT = 10
};

struct airdelta_image {
    uint32_t bytes; /* 0: none */
    uint8_t digest[AIRDELTA_DIGEST_BYTES];
};

struct airdelta_slot_record {
    struct airdelta_image image;
    uint32_t security_counter; /* of the image; without one, the bytes written so far */
};

struct airdelta_state {
    uint8_t lifecycle;
    uint8_t confirmed_slot;
    uint8_t trial_slot; /* or AIRDELTA_NO_SLOT */
    uint8_t attempts_left; /* in a trial; before a download, how far its area is erased */
    /* Of the confirmed image, and changes with AIRDELTA_CONFIRMED in the same record. It rises; it
     * falls only where the vendor authorised a rollback. */
    uint32_t security_counter;
    struct airdelta_slot_record slots[2];
    uint8_t package_digest[AIRDELTA_DIGEST_BYTES]; /* of the head being handled, or last handled */
};

/* An append-only log, opened. Private; here so that it can be embedded. */
struct airdelta_log {
    const struct airdelta_port *port;
    const struct airdelta_layout *layout;
    const struct dv_record_format *format;
    struct airdelta_region region;
    uint32_t bank_bytes;
    uint32_t generation;
    uint32_t bank;
    uint32_t tail;
    uint8_t record_bytes;
};

/* The state log, opened. Private. */
struct airdelta_store {
    struct airdelta_log log;
    struct airdelta_state state;
};

/* --- bootloader --------------------------------------------------------------------------- */

struct airdelta_boot_report {
    struct airdelta_image image;
    uint8_t slot;
    uint8_t is_trial;
    uint8_t attempts_left; /* trial boots that follow if this one does not confirm */
};

/* Choose the slot to run. Trial boots are counted before they happen, and a state that could change
 * its mind at the next power-on is written down again before anything acts on it. Whatever
 * fails, AIRDELTA_DEVICE_NOTHING_BOOTS means: run the recovery loader. */
airdelta_device_status airdelta_boot(const struct airdelta_port *port,
                                     const struct airdelta_layout *layout,
                                     struct airdelta_boot_report *report);

/* What factory and recovery loader do after they programmed an image into a slot: make it the
 * confirmed one. A security counter that is still readable never falls. */
airdelta_device_status airdelta_provision(const struct airdelta_port *port,
                                          const struct airdelta_layout *layout, uint8_t slot,
                                          const struct airdelta_slot_record *record);

/* --- application -------------------------------------------------------------------------- */

struct airdelta_decoder; /* airdelta_decoder.h: one per payload format beside `full` */
struct airdelta_compiler; /* airdelta_compiler.h */
struct airdelta_streamer; /* airdelta_streaming.h */
struct airdelta_decryption; /* airdelta_keys.h */
struct airdelta_key_store;

struct airdelta_device_config {
    const struct airdelta_port *port;
    const struct airdelta_layout *layout;
    uint8_t class_id[AIRDELTA_IDENTIFIER_BYTES]; /* of the device class, in its vendor's namespace */
    const uint8_t *device_id; /* 16 bytes, of this very device; NULL: it has no identity */
    const struct airdelta_decoder *const *decoders;
    uint32_t decoder_count;
    const struct airdelta_compiler *compiler; /* what the installer needs; NULL: nothing */
    const struct airdelta_streamer *streamer; /* NULL: payloads are stored before they are decoded */
    const struct airdelta_decryption *decryption; /* NULL: encrypted updates are refused */
    const struct airdelta_key_store *keys;        /* what it asks */
    /* Holds the head while it is verified and the memory of compiler and decoder while they work.
     * Aligned to 8 bytes, at least as large as a head. */
    void *work;
    uint32_t work_bytes;
    uint32_t stall_ms; /* a download that grows by nothing for so long is stalled */
};

/* Where a head keeps the hashes of the payload's chunks. */
struct airdelta_chunks {
    uint32_t chunk_bytes; /* 0: there are none */
    uint16_t hash_bytes;  /* of each: 8 to 16 of a SHA-256 */
    uint16_t hashes_at;   /* offset of the first */
};

enum airdelta_cipher {
    AIRDELTA_NOT_ENCRYPTED = 0,
    AIRDELTA_A128GCM = 1,
    AIRDELTA_A128CTR = 2
};

/* How a payload is encrypted. */
struct airdelta_encryption {
    uint8_t cipher;      /* known when the information was read (airdelta_keys.h) */
    uint16_t info_at;    /* offset of the COSE_Encrypt in the head */
    uint16_t info_bytes; /* 0: not encrypted */
    uint8_t iv[16];      /* of A128GCM the first 12 */
};

/* A payload as it travels, and where it is. */
struct airdelta_payload {
    uint32_t bytes;
    uint8_t digest[AIRDELTA_PAYLOAD_DIGEST_BYTES]; /* the first of its SHA-256 */
    uint16_t uri_at; /* offset in the head of the name of its file; "#": it follows the head */
    uint8_t uri_bytes;
};

/* The claims of a manifest that passed the checks; of many payloads, the one for this device. */
struct airdelta_manifest {
    uint32_t security_counter;
    uint32_t payload_format;
    uint8_t class_id[AIRDELTA_IDENTIFIER_BYTES];
    struct airdelta_image new_image;
    uint8_t base_digest[AIRDELTA_DIGEST_BYTES]; /* with `has_base`: of the running image */
    struct airdelta_payload payload;
    struct airdelta_chunks chunks;
    struct airdelta_encryption encryption;
    uint8_t has_base;
    uint8_t slot; /* or AIRDELTA_NO_SLOT */
};

/* The download under way. Private. */
struct airdelta_session {
    uint32_t payload_bytes;
    uint32_t fragment_count;
    uint32_t stored_count;
    uint32_t first_place; /* offset of the first fragment's place */
    uint32_t place_bytes;
    uint32_t erased_bytes;   /* of the area, while it is prepared */
    uint32_t erased_sectors; /* the same, counted */
    uint32_t grown_ms;       /* when a fragment was stored last */
    struct airdelta_chunks chunks;
    uint32_t wrong_chunks; /* all of whose fragments are stored, with another hash than signed */
    uint16_t head_bytes;
    uint16_t fragment_bytes;
    uint8_t spares_used;
    uint8_t is_open;
    uint8_t is_preparing;
    uint8_t is_streamed; /* fragments are decoded as they come, and not stored */
    uint8_t package_digest[AIRDELTA_DIGEST_BYTES]; /* of the package that is prepared for */
};

/* An installation under way. Private. */
struct airdelta_install {
    const struct airdelta_decoder *decoder;
    struct airdelta_manifest manifest;
    uint32_t payload_start; /* what the decoder gets begins here: a plan may come before it */
    uint32_t input_bytes;  /* payload bytes that the decoder took */
    uint32_t output_bytes; /* bytes of the new image that it emitted */
    uint32_t position;     /* how far the phase got: bytes digested, erased or programmed */
    uint32_t erased_bytes; /* of the slot */
    uint32_t stream_at;    /* where in the slot the bytes begin that are staged now */
    uint16_t waiting;      /* bytes in `burst` */
    uint16_t operations;   /* on flash since the last checkpoint */
    uint16_t plan_bytes;
    uint8_t stash_pages;
    uint8_t phase;
    uint8_t has_begun; /* a phase that takes several slices */
    uint8_t tag[16];   /* of A128GCM, as far as the payload was digested */
};

/* A payload that is decoded as it comes. Private. */
struct airdelta_stream {
    uint32_t chunk_at;       /* where in the payload the chunk begins that is being received */
    uint32_t buffered_bytes; /* of it, in the work memory */
    uint32_t chunks_since;   /* the last checkpoint */
    uint32_t erased_bytes;   /* of the checkpoint that is being saved */
    uint32_t saved_bytes;    /* the same, programmed */
    uint8_t phase;
};

/* One power cycle of the application's part. All fields are private. */
struct airdelta_device {
    const struct airdelta_device_config *config;
    struct airdelta_store store;
    struct airdelta_session session;
    struct airdelta_install install;
    struct airdelta_stream stream;
    uint8_t running_slot;
    /* What is programmed next: a fragment with its header, or a piece of the new image. */
    uint8_t burst[AIRDELTA_BURST_BYTES];
};

/* Find state and download again after a reset. The bootloader ran first in this power cycle. */
airdelta_device_status airdelta_device_start(struct airdelta_device *device,
                                             const struct airdelta_device_config *config,
                                             uint8_t running_slot);

/* Verify the head of a package and make room for its payload, to come in fragments of at most
 * `fragment_bytes`: one sector per call, while it says BUSY. The same offer again keeps what was
 * received; another package replaces it. */
airdelta_device_status airdelta_device_offer(struct airdelta_device *device, const uint8_t *head,
                                             uint32_t head_bytes, uint32_t fragment_bytes);

/* The first missing fragment that is not below `from`, or AIRDELTA_NONE_MISSING. */
uint32_t airdelta_device_next_missing(const struct airdelta_device *device, uint32_t from);

/* Store a fragment: in any order, any number of times. CHUNK_CORRUPT: this fragment, or another one
 * of its chunk, is not what the vendor signed, and `airdelta_device_next_missing` asks for it. Where
 * the payload is streamed, call it with the same fragment while it says BUSY, and with the one that
 * `airdelta_device_next_missing` names when it says TOO_EARLY. */
airdelta_device_status airdelta_device_receive(struct airdelta_device *device, uint32_t index,
                                               const uint8_t *bytes, uint32_t count);

/* Whether a download is open that has not grown for `stall_ms`: ask for what is missing again. */
int airdelta_device_is_stalled(const struct airdelta_device *device);

/* Prove, rehearse and stage what was downloaded, one slice per call, while it says BUSY. Each slice
 * is one signature check, or the decoding of about 256 bytes with the erases and programs that they
 * take. After a reset call it again; an error abandons the update. */
airdelta_device_status airdelta_device_install(struct airdelta_device *device);

/* The running image is healthy: keep it. In one record it becomes the confirmed one and the
 * security counter rises. */
airdelta_device_status airdelta_device_confirm(struct airdelta_device *device);

/* Forget the update being handled, if there is one. */
airdelta_device_status airdelta_device_abandon(struct airdelta_device *device);

/* What the device remembers. */
const struct airdelta_state *airdelta_device_state(const struct airdelta_device *device);

#ifdef __cplusplus
}
#endif

#endif
