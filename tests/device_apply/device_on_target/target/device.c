/*
 * The device library as a port links it, on a Cortex-M that the tests emulate.
 *
 * Bootloader and application are one program here, and each of their steps is a function that the
 * test calls. RAM is what the linker places: the application's memory, and nothing of the library's.
 * Flash is behind the functions at PORTS, which the test answers.
 *
 * Built with LAYOUT and CLASS_ID (initialisers), COMPILER, STREAMER and WORK_BYTES; with the
 * example's verifier and its TRUSTED_KEY, signatures are checked on the processor, else by the test.
 */
#include "airdelta_compiler.h"
#include "airdelta_decoder.h"
#include "airdelta_device.h"
#include "airdelta_installer.h"
#include "airdelta_patch_decoder.h"
#include "airdelta_sha256.h"
#include "airdelta_streaming.h"
#include "device.h"

/* Where the test listens: one `bx lr` for each port, entered in Thumb state. */
#define PORTS 0x70000001u
#define PORT(number) (PORTS + 2u * (number))

#ifdef TRUSTED_KEY
#include "verifier.h"
#else
/* COSE's number for Ed25519 (RFC 9864). */
#define ED25519 (-19)
typedef int (*verify_port)(void *, const uint8_t *, uint32_t, const uint8_t *);
#endif

typedef enum airdelta_flash_result (*read_port)(void *, uint32_t, void *, uint32_t);
typedef enum airdelta_flash_result (*program_port)(void *, uint32_t, const void *, uint32_t);
typedef enum airdelta_flash_result (*erase_port)(void *, uint32_t);
typedef uint32_t (*sector_port)(void *, uint32_t);

static struct airdelta_device device;
static struct airdelta_sha256 hash;
static uint64_t work[(WORK_BYTES + 7u) / 8u];
static uint8_t running_slot;

static void digest_begin(void *context)
{
    airdelta_sha256_begin(context);
}

static void digest_update(void *context, const uint8_t *bytes, uint32_t count)
{
    airdelta_sha256_update(context, bytes, count);
}

static void digest_finish(void *context, uint8_t digest[AIRDELTA_DIGEST_BYTES])
{
    airdelta_sha256_finish(context, digest);
}

static int verify(void *context, int32_t algorithm, const uint8_t *message, uint32_t count,
                  const uint8_t *signature, uint32_t signature_bytes)
{
#ifdef TRUSTED_KEY
    (void)context;
    return verifier_accepts(algorithm, message, count, signature, signature_bytes);
#else
    /* the algorithm of the trusted key */
    if (algorithm != ED25519 || signature_bytes != 64u) return 0;
    return ((verify_port)PORT(4))(context, message, count, signature);
#endif
}

static const struct airdelta_layout layout = LAYOUT;

static const struct airdelta_port port = {
    .context = &hash,
    .read = (read_port)PORT(0),
    .program = (program_port)PORT(1),
    .erase = (erase_port)PORT(2),
    .sector_bytes = (sector_port)PORT(3),
    .digest_begin = digest_begin,
    .digest_update = digest_update,
    .digest_finish = digest_finish,
    .verify = verify,
    .installer_memory = work, /* the bootloader is done before the application begins */
};

static const struct airdelta_decoder *const decoders[] = {&airdelta_patch_decoder};

static const struct airdelta_device_config config = {
    .port = &port,
    .layout = &layout,
    .class_id = CLASS_ID,
    .decoders = decoders,
    .decoder_count = 1,
    .compiler = COMPILER,
    .streamer = STREAMER,
    .work = work,
    .work_bytes = sizeof work,
};

int target_boot(void)
{
    struct airdelta_boot_report report;
    int status = airdelta_boot(&port, &layout, &report);
    running_slot = report.slot;
    return status;
}

int target_provision(const struct airdelta_slot_record *record)
{
    return airdelta_provision(&port, &layout, 0, record);
}

int target_start(void)
{
    return airdelta_device_start(&device, &config, running_slot);
}

int target_offer(const uint8_t *head, uint32_t head_bytes, uint32_t fragment_bytes)
{
    int status = AIRDELTA_DEVICE_BUSY;
    while (status == AIRDELTA_DEVICE_BUSY) {
        status = airdelta_device_offer(&device, head, head_bytes, fragment_bytes);
    }
    return status;
}

uint32_t target_next_missing(uint32_t from)
{
    return airdelta_device_next_missing(&device, from);
}

int target_receive(uint32_t index, const uint8_t *bytes, uint32_t count)
{
    int status = AIRDELTA_DEVICE_BUSY;
    while (status == AIRDELTA_DEVICE_BUSY) {
        status = airdelta_device_receive(&device, index, bytes, count);
    }
    return status;
}

int target_install_slice(void)
{
    return airdelta_device_install(&device);
}

int target_install(void)
{
    int status = AIRDELTA_DEVICE_BUSY;
    while (status == AIRDELTA_DEVICE_BUSY) status = target_install_slice();
    return status;
}

int target_confirm(void)
{
    return airdelta_device_confirm(&device);
}

uint32_t target_running_slot(void)
{
    return running_slot;
}

uint32_t target_lifecycle(void)
{
    return airdelta_device_state(&device)->lifecycle;
}

uint32_t target_security_counter(void)
{
    return airdelta_device_state(&device)->security_counter;
}

uint32_t target_commit_address(void)
{
    return layout.installer == NULL ? 0 : (uint32_t)layout.installer->commit;
}
