/*
 * Three files and an index. A file is written into the one that is neither current nor backup, read
 * back, and then the index says that it is current: one record, whole or void. Keeping a backup and
 * restoring it are one record of the index each.
 *
 * 40. A file counts only if it is authentic.
 * 41. ... and if its writer says that this version may read it (configuration_file.c).
 * 42. The backup is never written over.
 * 43. What a reverted update wrote is given up.
 */
#include <string.h>

#include "bytes.h"
#include "configuration_file.h"
#include "flash_access.h"
#include "record_log.h"

#define TAG_BYTES AIRDELTA_CONFIGURATION_TAG_BYTES
#define HEAD_BYTES AIRDELTA_CONFIGURATION_HEAD_BYTES
/* Index: 4 current u8, 5 backup u8, 8 package tag 8; generation and CRC are the log's. */
#define RECORD_BYTES 32u
#define CRC_AT 28u
#define CRC_SALT 0x41444349u /* "ADCI" */
#define PROGRAM_BYTES 64u

static int is_known(const uint8_t *record)
{
    return record[4] < AIRDELTA_CONFIGURATION_FILES &&
           (record[5] < AIRDELTA_CONFIGURATION_FILES || record[5] == AIRDELTA_NO_SLOT);
}

static const struct dv_record_format FORMAT = {0xFFFFFFFFu, CRC_AT, CRC_SALT, is_known};

static void place(struct airdelta_configuration *configuration,
                  const struct airdelta_configuration_config *config)
{
    memset(configuration, 0, sizeof *configuration);
    configuration->config = config;
    configuration->log.port = config->port;
    configuration->log.layout = config->layout;
    dv_log_place(&configuration->log, &FORMAT, &config->index, config->index_bank_bytes,
                 RECORD_BYTES);
}

static void encode(uint8_t record[RECORD_BYTES], const struct airdelta_configuration *configuration)
{
    memset(record, 0, RECORD_BYTES);
    record[4] = configuration->current;
    record[5] = configuration->backup;
    memcpy(record + 8, configuration->package_tag, sizeof configuration->package_tag);
}

static void decode(struct airdelta_configuration *configuration, const uint8_t *record)
{
    configuration->current = record[4];
    configuration->backup = record[5];
    memcpy(configuration->package_tag, record + 8, sizeof configuration->package_tag);
}

static airdelta_device_status state_index(struct airdelta_configuration *configuration)
{
    uint8_t record[RECORD_BYTES];
    encode(record, configuration);
    return dv_log_append(&configuration->log, record);
}

static int is_authentic(const struct airdelta_configuration_config *config, uint32_t file_bytes,
                        const uint8_t *tag)
{
    uint8_t expected[TAG_BYTES];
    uint8_t difference = 0;
    config->authenticate(config->port->context, config->buffer, file_bytes, expected);
    /* Takes as long wherever they differ. */
    for (uint32_t i = 0; i < TAG_BYTES; i++) difference |= expected[i] ^ tag[i];
    return difference == 0; /* RULE 40 */
}

/* Read a file into the buffer; whether it counts. */
static int load(struct airdelta_configuration *configuration, uint8_t number)
{
    uint8_t tag[TAG_BYTES];
    const struct airdelta_configuration_config *config = configuration->config;
    const struct airdelta_port *port = config->port;
    const struct airdelta_region *file = &config->files[number];
    uint32_t limit = dv_min(config->buffer_bytes, file->bytes - TAG_BYTES);
    if (limit < HEAD_BYTES || port->read(port->context, file->offset, config->buffer,
                                         HEAD_BYTES) != AIRDELTA_FLASH_OK) {
        return 0;
    }
    uint32_t bytes = dv_file_bytes(config->buffer, limit);
    if (bytes == 0) return 0;
    if (port->read(port->context, file->offset, config->buffer, bytes) != AIRDELTA_FLASH_OK ||
        port->read(port->context, file->offset + bytes, tag, TAG_BYTES) != AIRDELTA_FLASH_OK) {
        return 0;
    }
    if (!is_authentic(config, bytes, tag)) return 0;
    configuration->file_bytes = bytes;
    return dv_file_is_well_formed(config->buffer, bytes);
}

airdelta_device_status airdelta_configuration_open(
    struct airdelta_configuration *configuration,
    const struct airdelta_configuration_config *config)
{
    uint8_t record[DV_MOST_RECORD_BYTES];
    place(configuration, config);
    airdelta_device_status status = dv_log_open(&configuration->log, record);
    if (status != AIRDELTA_DEVICE_OK) return status;
    decode(configuration, record);
    if (load(configuration, configuration->current)) return AIRDELTA_DEVICE_OK;
    if (configuration->backup == AIRDELTA_NO_SLOT || !load(configuration, configuration->backup)) {
        return AIRDELTA_DEVICE_STATE_LOST;
    }
    configuration->current = configuration->backup;
    return state_index(configuration);
}

/* The file that is neither current nor backup. */
static uint8_t free_file(const struct airdelta_configuration *configuration)
{
    uint8_t number = 0;
    while (number == configuration->current || number == configuration->backup) { /* RULE 42 */
        number++;
    }
    return number;
}

/* The byte at an offset of what is written: file, tag, then nothing. */
static uint8_t byte_at(const struct airdelta_configuration *configuration, const uint8_t *tag,
                       uint32_t at)
{
    uint32_t file_bytes = configuration->file_bytes;
    if (at < file_bytes) return configuration->config->buffer[at];
    if (at < file_bytes + TAG_BYTES) return tag[at - file_bytes];
    return configuration->config->layout->erased_value;
}

static airdelta_device_status write_file(const struct airdelta_configuration *configuration,
                                         const struct airdelta_region *file)
{
    uint8_t tag[TAG_BYTES];
    uint8_t piece[PROGRAM_BYTES];
    const struct airdelta_configuration_config *config = configuration->config;
    uint32_t total = configuration->file_bytes + TAG_BYTES;
    if (total > file->bytes) return AIRDELTA_DEVICE_BAD_ARGUMENT;
    config->authenticate(config->port->context, config->buffer, configuration->file_bytes, tag);
    airdelta_device_status status = dv_erase_range(config->port, file->offset, file->bytes);
    for (uint32_t at = 0; at < total && status == AIRDELTA_DEVICE_OK; at += PROGRAM_BYTES) {
        for (uint32_t i = 0; i < PROGRAM_BYTES; i++) piece[i] = byte_at(configuration, tag, at + i);
        uint32_t count =
            dv_round_up(dv_min(total - at, PROGRAM_BYTES), config->layout->write_unit_bytes);
        if (dv_program(config->port, file->offset + at, piece, count) != AIRDELTA_FLASH_OK) {
            status = AIRDELTA_DEVICE_FLASH_FAILED;
        }
    }
    return status;
}

airdelta_device_status airdelta_configuration_store(struct airdelta_configuration *configuration)
{
    uint8_t number = free_file(configuration);
    dv_file_write_head(configuration->config->buffer, configuration->file_bytes);
    airdelta_device_status status =
        write_file(configuration, &configuration->config->files[number]);
    if (status != AIRDELTA_DEVICE_OK) return status;
    configuration->current = number;
    return state_index(configuration);
}

airdelta_device_status airdelta_configuration_create(
    struct airdelta_configuration *configuration,
    const struct airdelta_configuration_config *config)
{
    uint8_t record[DV_MOST_RECORD_BYTES];
    place(configuration, config);
    if (config->buffer_bytes < HEAD_BYTES) return AIRDELTA_DEVICE_BAD_ARGUMENT;
    configuration->backup = AIRDELTA_NO_SLOT;
    configuration->file_bytes = HEAD_BYTES;
    dv_file_write_head(config->buffer, HEAD_BYTES);
    airdelta_device_status status = write_file(configuration, &config->files[0]);
    if (status != AIRDELTA_DEVICE_OK) return status;
    encode(record, configuration);
    return dv_log_create(&configuration->log, record);
}

static airdelta_device_status keep_backup(struct airdelta_configuration *configuration,
                                          const struct airdelta_state *state)
{
    configuration->backup = configuration->current;
    memcpy(configuration->package_tag, state->package_digest, sizeof configuration->package_tag);
    return state_index(configuration);
}

static airdelta_device_status give_back(struct airdelta_configuration *configuration)
{
    if (!load(configuration, configuration->backup)) return AIRDELTA_DEVICE_STATE_LOST;
    configuration->current = configuration->backup; /* RULE 43 */
    configuration->backup = AIRDELTA_NO_SLOT;
    return state_index(configuration);
}

airdelta_device_status airdelta_configuration_follow(struct airdelta_configuration *configuration,
                                                     const struct airdelta_state *state)
{
    int has_backup = configuration->backup != AIRDELTA_NO_SLOT;
    int is_of_update = has_backup && memcmp(configuration->package_tag, state->package_digest,
                                            sizeof configuration->package_tag) == 0;
    switch (state->lifecycle) {
    case AIRDELTA_STAGED: /* the old image may still change its mind */
        if (is_of_update && configuration->backup == configuration->current) break;
        return keep_backup(configuration, state);
    case AIRDELTA_COMMITTING:
    case AIRDELTA_TRIAL:
        return is_of_update ? AIRDELTA_DEVICE_OK : keep_backup(configuration, state);
    case AIRDELTA_REVERTED:
        if (is_of_update) return give_back(configuration);
        break;
    case AIRDELTA_CONFIRMED:
        if (!has_backup) break;
        configuration->backup = AIRDELTA_NO_SLOT;
        return state_index(configuration);
    default:
        break;
    }
    return AIRDELTA_DEVICE_OK;
}

const uint8_t *airdelta_configuration_get(const struct airdelta_configuration *configuration,
                                          uint16_t type, uint16_t *count)
{
    const uint8_t *file = configuration->config->buffer;
    uint32_t at = dv_file_find(file, configuration->file_bytes, type);
    if (at >= configuration->file_bytes) return NULL;
    *count = (uint16_t)dv_get_u16(file + at + 2);
    return file + at + 4;
}

airdelta_device_status airdelta_configuration_put(struct airdelta_configuration *configuration,
                                                  uint16_t type, const uint8_t *value,
                                                  uint16_t count)
{
    uint8_t *file = configuration->config->buffer;
    uint32_t before = configuration->file_bytes;
    uint32_t at = dv_file_find(file, before, type);
    uint32_t removed = at < before ? dv_file_entry_bytes(file, at) : 0;
    uint32_t after = before - removed + (value == NULL ? 0 : 4u + count);
    if (after > configuration->config->buffer_bytes) return AIRDELTA_DEVICE_BAD_ARGUMENT;
    memmove(file + at, file + at + removed, before - at - removed);
    if (value != NULL) {
        uint8_t *entry = file + before - removed;
        dv_put_u16(entry, type);
        dv_put_u16(entry + 2, count);
        memcpy(entry + 4, value, count);
    }
    configuration->file_bytes = after;
    return AIRDELTA_DEVICE_OK;
}
