#include "journal.h"

#include <string.h>

#include "bytes.h"
#include "record_log.h"

/* "ADJ1" */
#define CRC_SALT 0x41444A31u
#define CRC_AT 4u
#define LEAST_RECORD_BYTES 8u
#define MOST_RECORD_BYTES 32u
#define LEAST_PLACES 8u
#define BANKS 2u
#define STASHED 0x8000u

static const struct dv_record_format FORMAT = {0xFFFFu, CRC_AT, CRC_SALT, NULL};

static uint32_t record_bytes(const struct airdelta_layout *layout)
{
    uint32_t unit = layout->write_unit_bytes;
    return unit > LEAST_RECORD_BYTES ? unit : LEAST_RECORD_BYTES;
}

int dv_is_possible_journal(const struct airdelta_port *port, const struct airdelta_layout *layout)
{
    uint32_t bank_bytes = layout->journal.bytes / BANKS;
    uint32_t at = 0;
    if (bank_bytes < LEAST_PLACES * record_bytes(layout)) return 0;
    while (at < bank_bytes) {
        uint32_t sector_bytes = port->sector_bytes(port->context, layout->journal.offset + at);
        if (sector_bytes == 0) return 0;
        at += sector_bytes;
    }
    return at == bank_bytes;
}

static void place(struct dv_journal *journal, const struct airdelta_port *port,
                  const struct airdelta_layout *layout)
{
    journal->log.port = port;
    journal->log.layout = layout;
    dv_log_place(&journal->log, &FORMAT, &layout->journal, layout->journal.bytes / BANKS,
                 record_bytes(layout));
}

static void encode(uint8_t record[MOST_RECORD_BYTES], const struct dv_journal *journal)
{
    memset(record, 0, MOST_RECORD_BYTES);
    dv_put_u16(record + 2, journal->steps_done | (journal->is_stashed ? STASHED : 0u));
}

airdelta_device_status dv_journal_create(struct dv_journal *journal,
                                         const struct airdelta_port *port,
                                         const struct airdelta_layout *layout)
{
    uint8_t record[MOST_RECORD_BYTES];
    place(journal, port, layout);
    journal->steps_done = 0;
    journal->is_stashed = 0;
    encode(record, journal);
    return dv_log_create(&journal->log, record);
}

airdelta_device_status dv_journal_open(struct dv_journal *journal, const struct airdelta_port *port,
                                       const struct airdelta_layout *layout)
{
    uint8_t record[MOST_RECORD_BYTES];
    place(journal, port, layout);
    airdelta_device_status status = dv_log_open(&journal->log, record);
    uint32_t stated = dv_get_u16(record + 2);
    journal->steps_done = stated & ~STASHED;
    journal->is_stashed = (stated & STASHED) != 0;
    return status;
}

airdelta_device_status dv_journal_state(struct dv_journal *journal, uint32_t steps_done,
                                        int is_stashed)
{
    uint8_t record[MOST_RECORD_BYTES];
    journal->steps_done = steps_done;
    journal->is_stashed = is_stashed;
    encode(record, journal);
    return dv_log_append(&journal->log, record);
}
