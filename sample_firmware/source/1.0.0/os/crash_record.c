#include "os/crash_record.h"

#include "board/board.h"
#include "lib/checksums.h"

/* Memory is arbitrary after power-on: only a record with the right CRC is one. */
static struct {
    struct crash_record record;
    uint32_t crc;
} kept __attribute__((section(".noinit")));

static bool is_valid(void)
{
    /* All zeros, as some memories start, would have a CRC of their own: no crash has count 0. */
    return kept.record.count != 0 && kept.crc == crc32(&kept.record, sizeof kept.record);
}

void crash_record_write(uint32_t cause, uint32_t program_counter, uint32_t return_address)
{
    uint32_t earlier = is_valid() ? kept.record.count : 0;
    kept.record.cause = cause;
    kept.record.program_counter = program_counter;
    kept.record.return_address = return_address;
    kept.record.uptime_ms = board_uptime_ms();
    kept.record.count = earlier + 1u;
    kept.crc = crc32(&kept.record, sizeof kept.record);
}

bool crash_record_read(struct crash_record *record)
{
    *record = kept.record;
    return is_valid();
}

void crash_record_clear(void)
{
    kept.record.count = 0;
}
