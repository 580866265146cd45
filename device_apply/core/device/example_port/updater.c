#include "updater.h"

#include "airdelta_compiler.h"
#include "airdelta_patch_decoder.h"
#include "port.h"

/* The tiny tier; a segment map that does not fit goes to the scratch area. */
#define DECODER_BYTES 8192u

/* With one slot, what the application stages is compiled for the installer. */
#ifdef EXAMPLE_ONE_SLOT
#define COMPILER &airdelta_in_place_compiler
#define COMPILER_BYTES 2048u
#else
#define COMPILER NULL
#define COMPILER_BYTES 0u
#endif
#define WORK_BYTES (DECODER_BYTES + COMPILER_BYTES)

static struct airdelta_device device;
static uint64_t work[WORK_BYTES / sizeof(uint64_t)];
static const struct airdelta_decoder *const decoders[] = {&airdelta_patch_decoder};

const struct airdelta_device_config updater_config = {
    .port = &port,
    .layout = &layout,
    .class_id = CLASS_ID, /* the build's: airdelta_device_config says what it is */
    .decoders = decoders,
    .decoder_count = 1,
    .compiler = COMPILER,
    .work = work,
    .work_bytes = sizeof work,
};

static airdelta_device_status take_offer(const struct mailbox *mailbox)
{
    airdelta_device_status status = AIRDELTA_DEVICE_BUSY;
    while (status == AIRDELTA_DEVICE_BUSY) {
        status = airdelta_device_offer(&device, mailbox->bytes, mailbox->head_bytes,
                                       AIRDELTA_MAX_FRAGMENT_BYTES);
    }
    return status;
}

static airdelta_device_status take_fragments(const struct mailbox *mailbox)
{
    const uint8_t *payload = mailbox->bytes + mailbox->head_bytes;
    uint32_t index = airdelta_device_next_missing(&device, 0);
    while (index != AIRDELTA_NONE_MISSING) {
        uint32_t at = index * AIRDELTA_MAX_FRAGMENT_BYTES;
        uint32_t left = mailbox->payload_bytes - at;
        uint32_t count = left < AIRDELTA_MAX_FRAGMENT_BYTES ? left : AIRDELTA_MAX_FRAGMENT_BYTES;
        airdelta_device_status status =
            airdelta_device_receive(&device, index, payload + at, count);
        if (status != AIRDELTA_DEVICE_OK) return status;
        index = airdelta_device_next_missing(&device, index + 1);
    }
    return AIRDELTA_DEVICE_OK;
}

static airdelta_device_status install(void)
{
    airdelta_device_status status = AIRDELTA_DEVICE_BUSY;
    while (status == AIRDELTA_DEVICE_BUSY) status = airdelta_device_install(&device);
    return status;
}

airdelta_device_status updater_run(struct mailbox *mailbox, uint8_t running_slot)
{
    airdelta_device_status status = airdelta_device_start(&device, &updater_config, running_slot);
    if (status != AIRDELTA_DEVICE_OK) return status;
    if (airdelta_device_state(&device)->lifecycle == AIRDELTA_TRIAL) {
        if (mailbox->health != MAILBOX_HEALTHY) return AIRDELTA_DEVICE_OK;
        mailbox->health = 0;
        return airdelta_device_confirm(&device);
    }
    if (mailbox->package != MAILBOX_PACKAGE) return AIRDELTA_DEVICE_OK;
    status = take_offer(mailbox);
    if (status == AIRDELTA_DEVICE_OK) status = take_fragments(mailbox);
    if (status == AIRDELTA_DEVICE_OK) status = install();
    mailbox->package = 0; /* staged or refused: in either case done with */
    return status == AIRDELTA_DEVICE_OK ? AIRDELTA_DEVICE_BUSY : status;
}
