#include "crypto/aes128.h"

#include "crypto/aes128_tables.h"
#include "lib/byte_order.h"

/* FIPS 197, section 5.2: powers of x, in the top byte. */
static const uint8_t round_constants[AES128_ROUNDS] = {
    0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1B, 0x36,
};

static uint32_t rotate_right(uint32_t word, unsigned bits)
{
    return (word >> bits) | (word << (32u - bits));
}

static uint32_t substitute_word(uint32_t word)
{
    return ((uint32_t)aes128_substitution[word >> 24] << 24) |
           ((uint32_t)aes128_substitution[(word >> 16) & 0xFFu] << 16) |
           ((uint32_t)aes128_substitution[(word >> 8) & 0xFFu] << 8) |
           aes128_substitution[word & 0xFFu];
}

void aes128_init(struct aes128 *cipher, const uint8_t key[AES128_KEY_BYTES])
{
    uint32_t *words = cipher->round_keys;
    for (int i = 0; i < 4; i++) {
        words[i] = get_be32(key + 4 * i);
    }
    for (int i = 4; i < 4 * (AES128_ROUNDS + 1); i++) {
        uint32_t word = words[i - 1];
        if (i % 4 == 0) {
            word = substitute_word((word << 8) | (word >> 24));
            word ^= (uint32_t)round_constants[i / 4 - 1] << 24;
        }
        words[i] = words[i - 4] ^ word;
    }
}

/* One column of a round: ShiftRows picks a byte from each column, the table does the rest. */
static uint32_t mixed_column(const uint32_t state[4], unsigned column)
{
    uint32_t first = aes128_mixed[state[column] >> 24];
    uint32_t second = aes128_mixed[(state[(column + 1) % 4] >> 16) & 0xFFu];
    uint32_t third = aes128_mixed[(state[(column + 2) % 4] >> 8) & 0xFFu];
    uint32_t fourth = aes128_mixed[state[(column + 3) % 4] & 0xFFu];
    return first ^ rotate_right(second, 8) ^ rotate_right(third, 16) ^ rotate_right(fourth, 24);
}

/* One column of the last round, which does not mix. */
static uint32_t last_column(const uint32_t state[4], unsigned column)
{
    uint32_t picked = (state[column] & 0xFF000000u) | (state[(column + 1) % 4] & 0x00FF0000u) |
                      (state[(column + 2) % 4] & 0x0000FF00u) |
                      (state[(column + 3) % 4] & 0x000000FFu);
    return substitute_word(picked);
}

void aes128_encrypt(const struct aes128 *cipher, uint8_t block[AES128_BLOCK_BYTES])
{
    const uint32_t *keys = cipher->round_keys;
    uint32_t state[4];
    uint32_t next[4];
    for (unsigned i = 0; i < 4; i++) {
        state[i] = get_be32(block + 4 * i) ^ keys[i];
    }
    for (int round = 1; round < AES128_ROUNDS; round++) {
        keys += 4;
        for (unsigned i = 0; i < 4; i++) {
            next[i] = mixed_column(state, i) ^ keys[i];
        }
        for (unsigned i = 0; i < 4; i++) {
            state[i] = next[i];
        }
    }
    keys += 4;
    for (unsigned i = 0; i < 4; i++) {
        put_be32(block + 4 * i, last_column(state, i) ^ keys[i]);
    }
}
