#include "state_record.h"

#include <string.h>

#include "bytes.h"

/* "ADS1": a record of zeros, or of another layout, is not valid. */
#define CRC_SALT 0x41445331u
#define SLOTS_AT 12u
#define SLOT_BYTES 40u
#define PACKAGE_AT 92u
#define CRC_AT 124u

void dv_record_encode(uint8_t record[DV_RECORD_BYTES], const struct airdelta_state *state)
{
    record[4] = state->lifecycle;
    record[5] = state->confirmed_slot;
    record[6] = state->trial_slot;
    record[7] = state->attempts_left;
    dv_put_u32(record + 8, state->security_counter);
    for (uint32_t slot = 0; slot < 2; slot++) {
        uint8_t *at = record + SLOTS_AT + slot * SLOT_BYTES;
        dv_put_u32(at, state->slots[slot].image.bytes);
        dv_put_u32(at + 4, state->slots[slot].security_counter);
        memcpy(at + 8, state->slots[slot].image.digest, AIRDELTA_DIGEST_BYTES);
    }
    memcpy(record + PACKAGE_AT, state->package_digest, AIRDELTA_DIGEST_BYTES);
}

static int is_known(const uint8_t *record)
{
    return record[4] < AIRDELTA_LIFECYCLE_COUNT && record[5] < 2 &&
           (record[6] < 2 || record[6] == AIRDELTA_NO_SLOT);
}

void dv_record_decode(const uint8_t record[DV_RECORD_BYTES], struct airdelta_state *state)
{
    state->lifecycle = record[4];
    state->confirmed_slot = record[5];
    state->trial_slot = record[6];
    state->attempts_left = record[7];
    state->security_counter = dv_get_u32(record + 8);
    for (uint32_t slot = 0; slot < 2; slot++) {
        const uint8_t *at = record + SLOTS_AT + slot * SLOT_BYTES;
        state->slots[slot].image.bytes = dv_get_u32(at);
        state->slots[slot].security_counter = dv_get_u32(at + 4);
        memcpy(state->slots[slot].image.digest, at + 8, AIRDELTA_DIGEST_BYTES);
    }
    memcpy(state->package_digest, record + PACKAGE_AT, AIRDELTA_DIGEST_BYTES);
}

const struct dv_record_format dv_state_record_format = {0xFFFFFFFFu, CRC_AT, CRC_SALT, is_known};
