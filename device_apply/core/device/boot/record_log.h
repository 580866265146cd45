/*
 * Append-only logs in flash, which survive any cut: the state log and the journal of a commit.
 *
 * A log's region is divided into banks of whole sectors; one is current. Records have one size and
 * carry the generation of their bank. Each rule stands for a way to lose what was stated that fault
 * sweeps have shown, and the lines that keep it carry its number:
 *
 * 1. A record counts only with its CRC (1b). The current bank is the one with the highest
 *    generation, what was stated last is its last valid record by place.
 * 2. The tail is behind the last place that is not blank, not behind the last valid record: what a
 *    torn program left is never programmed again. A refused program moves on to the next place
 *    (2b), for a unit can read blank and still be spent. Where units take a second program
 *    operation, the place at the tail is driven to all programmed at power-on (2c), for it can read
 *    blank and still be half programmed.
 * 3. A bank is erased in the same power cycle in which it is first programmed: a sector that reads
 *    blank may be half erased.
 * 4. A bank that is not full is made void before it is erased. Its birth may have been cut: then
 *    its first record, of a higher generation, reads torn today and whole tomorrow, and the erase
 *    may be cut, too. Without this, the device can go on in a bank that is blank the day after.
 * 5. What is found at power-on is stated again before anyone acts on it: a record whose programming
 *    was cut may read well today and torn tomorrow.
 * 6. Reads of a log survive a fault (flash_access.c): an unreadable place is a torn one.
 *
 * What is left: the void record goes into a sector whose erase was cut if that erase is cut twice,
 * and may not hold there (README.md, "What is left"); and as many boots in a row cut in their first
 * operation as a bank has places. Hence at least eight; larger banks cost nothing but flash.
 */
#ifndef AIRDELTA_DV_RECORD_LOG_H
#define AIRDELTA_DV_RECORD_LOG_H

#include "airdelta_device.h"

/* No log has larger records. */
#define DV_MOST_RECORD_BYTES 128u

/* How the records of a log look; what else is in them is their owner's. */
struct dv_record_format {
    uint32_t generation_mask; /* of the first word; generation 0 makes a record void */
    uint32_t crc_at;          /* offset of the CRC-32 of all before it, salted */
    uint32_t salt;            /* tells a log's records from zeros and from those of another log */
    int (*is_known)(const uint8_t *record); /* whether a whole record means something; NULL: yes */
};

/* Say where a log is. Touches no flash. */
void dv_log_place(struct airdelta_log *log, const struct dv_record_format *format,
                  const struct airdelta_region *region, uint32_t bank_bytes, uint32_t record_bytes);

/* Find the record that was stated last; AIRDELTA_DEVICE_STATE_LOST: there is none. Enough for what
 * runs after dv_log_open() in the same power cycle. */
airdelta_device_status dv_log_find(struct airdelta_log *log, uint8_t *record);

/* Find it and state it again: the first thing after power-on. */
airdelta_device_status dv_log_open(struct airdelta_log *log, uint8_t *record);

/* State `record`, in which generation and CRC are filled in; when this returns OK, it is what every
 * later boot finds. */
airdelta_device_status dv_log_append(struct airdelta_log *log, uint8_t *record);

/* Erase the region and begin with `record`. */
airdelta_device_status dv_log_create(struct airdelta_log *log, uint8_t *record);

#endif
