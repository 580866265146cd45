#include "port.h"

#include <string.h>

#include "airdelta_installer.h"
#include "airdelta_sha256.h"
#include "board.h"
#include "flash.h"
#include "verifier.h"

/* What an installer asks for (`memory_bytes`); the largest is that of commits in place. */
#define INSTALLER_BYTES 1024u

static struct airdelta_sha256 hash;
static uint64_t installer_memory[INSTALLER_BYTES / sizeof(uint64_t)];

static enum airdelta_flash_result port_read(void *context, uint32_t offset, void *bytes,
                                            uint32_t count)
{
    (void)context;
    if (offset > FLASH_BYTES || count > FLASH_BYTES - offset) return AIRDELTA_FLASH_FAILED;
    memcpy(bytes, (const uint8_t *)FLASH_ADDRESS + offset, count);
    return AIRDELTA_FLASH_OK;
}

static enum airdelta_flash_result port_program(void *context, uint32_t offset, const void *bytes,
                                               uint32_t count)
{
    (void)context;
    return flash_program(offset, bytes, count);
}

static enum airdelta_flash_result port_erase(void *context, uint32_t offset)
{
    (void)context;
    return flash_erase(offset);
}

static uint32_t port_sector_bytes(void *context, uint32_t offset)
{
    (void)context;
    return offset < FLASH_BYTES && offset % FLASH_SECTOR_BYTES == 0 ? FLASH_SECTOR_BYTES : 0;
}

static void port_digest_begin(void *context)
{
    airdelta_sha256_begin(context);
}

static void port_digest_update(void *context, const uint8_t *bytes, uint32_t count)
{
    airdelta_sha256_update(context, bytes, count);
}

static void port_digest_finish(void *context, uint8_t digest[AIRDELTA_DIGEST_BYTES])
{
    airdelta_sha256_finish(context, digest);
}

static int port_verify(void *context, int32_t algorithm, const uint8_t *message, uint32_t count,
                       const uint8_t *signature, uint32_t signature_bytes)
{
    (void)context;
    return verifier_accepts(algorithm, message, count, signature, signature_bytes);
}

static void port_watchdog(void *context)
{
    (void)context;
    board_feed_watchdog();
}

const struct airdelta_port port = {
    .context = &hash,
    .read = port_read,
    .program = port_program,
    .erase = port_erase,
    .sector_bytes = port_sector_bytes,
    .digest_begin = port_digest_begin,
    .digest_update = port_digest_update,
    .digest_finish = port_digest_finish,
    .verify = port_verify,
    .watchdog = port_watchdog,
    .installer_memory = installer_memory,
};

#ifdef EXAMPLE_ONE_SLOT
/* The built-in device profile `sensor-node-in-place`. */
const struct airdelta_layout layout = {
    .slots = {{0x00000u, 0x20000u}, {0x20000u, 0x6000u}},
    .journal = {0x26000u, 0x1000u},
    .stash = {0x27000u, 0x1000u},
    .download = {0x28000u, 0x5000u},
    .state = {0x2D000u, 0x1000u},
    .scratch = {0x2E000u, 0x2000u},
    .page_bytes = FLASH_SECTOR_BYTES,
    .installer = &airdelta_in_place_installer,
    .state_bank_bytes = FLASH_SECTOR_BYTES,
    .write_unit_bytes = FLASH_UNIT_BYTES,
    .erased_value = FLASH_ERASED,
};
#else
/* The built-in device profile `sensor-node-xip`. */
const struct airdelta_layout layout = {
    .slots = {{0x00000u, 0x20000u}, {0x20000u, 0x20000u}},
    .download = {0x40000u, 0x20000u},
    .state = {0x60000u, 0x2000u},
    .scratch = {0x62000u, 0x8000u},
    .state_bank_bytes = FLASH_SECTOR_BYTES,
    .write_unit_bytes = FLASH_UNIT_BYTES,
    .erased_value = FLASH_ERASED,
    .takes_reprogramming = 0,
    .is_per_slot = 1,
};
#endif
