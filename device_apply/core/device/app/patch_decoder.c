#include "airdelta_patch_decoder.h"

#include "airdelta.h"
#include "airdelta_tables.h"
#include "wire_numbers.h"

/* Statuses go through as they are: AIRDELTA_DECODE_* are the values of `airdelta_status`. */

static uint32_t memory_bytes(const struct airdelta_decoder_io *io, const uint8_t *bytes,
                             uint32_t count)
{
    struct airdelta_needs needs;
    (void)io;
    if (airdelta_needs_of(bytes, count, &needs) != AIRDELTA_DONE || !needs.is_built_in) return 0;
    return needs.memory_bytes;
}

static struct airdelta_ports ports_of(const struct airdelta_decoder_io *io)
{
    struct airdelta_ports ports = {
        .context = io->context,
        .read_base = io->read_base,
        .write_new = io->write_new,
    };
    if (io->scratch_bytes > 0) {
        ports.scratch_bytes = io->scratch_bytes;
        ports.scratch_erase = io->scratch_erase;
        ports.scratch_program = io->scratch_program;
        ports.scratch_read = io->scratch_read;
    }
    return ports;
}

static int begin(void *memory, uint32_t memory_bytes, const struct airdelta_decoder_io *io)
{
    struct airdelta_sizes sizes = {io->base_bytes, io->new_bytes, io->payload_bytes};
    struct airdelta_ports ports = ports_of(io);
    return airdelta_begin(memory, memory_bytes, &ports, &sizes);
}

static int resume(void *memory, const struct airdelta_decoder_io *io)
{
    struct airdelta_ports ports = ports_of(io);
    return airdelta_resume(memory, &ports);
}

static int feed(void *memory, const uint8_t *bytes, uint32_t count, uint32_t *taken)
{
    size_t accepted = 0;
    int status = airdelta_feed(memory, bytes, count, &accepted);
    *taken = (uint32_t)accepted;
    return status;
}

static int step(void *memory, uint32_t budget)
{
    return airdelta_step(memory, budget);
}

static uint32_t table_rows(const void *memory, uint32_t table)
{
    return airdelta_table_rows(memory, (enum airdelta_table)table);
}

static void table_row(void *memory, uint32_t table, uint32_t index, uint32_t row[])
{
    airdelta_table_row(memory, (enum airdelta_table)table, index, row);
}

const struct airdelta_decoder airdelta_patch_decoder = {
    WIRE_FORMAT_AIRDELTA, memory_bytes, begin,     feed,  step,
    table_rows,           table_row,    airdelta_state_bytes, resume};
