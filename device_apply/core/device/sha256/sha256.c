/* FIPS 180-4 sections 4.1.2, 5 and 6.2, written for size: the message schedule lives in a ring of
 * 16 words and nothing is unrolled. */
#include "airdelta_sha256.h"

#include <string.h>

#define BLOCK_BYTES 64u
#define LENGTH_AT 56u

/* FIPS 180-4 section 4.2.2: fractional parts of the cube roots of the first 64 primes. */
static const uint32_t ROUND[64] = {
    0x428A2F98u, 0x71374491u, 0xB5C0FBCFu, 0xE9B5DBA5u, 0x3956C25Bu, 0x59F111F1u, 0x923F82A4u,
    0xAB1C5ED5u, 0xD807AA98u, 0x12835B01u, 0x243185BEu, 0x550C7DC3u, 0x72BE5D74u, 0x80DEB1FEu,
    0x9BDC06A7u, 0xC19BF174u, 0xE49B69C1u, 0xEFBE4786u, 0x0FC19DC6u, 0x240CA1CCu, 0x2DE92C6Fu,
    0x4A7484AAu, 0x5CB0A9DCu, 0x76F988DAu, 0x983E5152u, 0xA831C66Du, 0xB00327C8u, 0xBF597FC7u,
    0xC6E00BF3u, 0xD5A79147u, 0x06CA6351u, 0x14292967u, 0x27B70A85u, 0x2E1B2138u, 0x4D2C6DFCu,
    0x53380D13u, 0x650A7354u, 0x766A0ABBu, 0x81C2C92Eu, 0x92722C85u, 0xA2BFE8A1u, 0xA81A664Bu,
    0xC24B8B70u, 0xC76C51A3u, 0xD192E819u, 0xD6990624u, 0xF40E3585u, 0x106AA070u, 0x19A4C116u,
    0x1E376C08u, 0x2748774Cu, 0x34B0BCB5u, 0x391C0CB3u, 0x4ED8AA4Au, 0x5B9CCA4Fu, 0x682E6FF3u,
    0x748F82EEu, 0x78A5636Fu, 0x84C87814u, 0x8CC70208u, 0x90BEFFFAu, 0xA4506CEBu, 0xBEF9A3F7u,
    0xC67178F2u,
};

/* FIPS 180-4 section 5.3.3: fractional parts of the square roots of the first 8 primes. */
static const uint32_t INITIAL[8] = {0x6A09E667u, 0xBB67AE85u, 0x3C6EF372u, 0xA54FF53Au,
                                    0x510E527Fu, 0x9B05688Cu, 0x1F83D9ABu, 0x5BE0CD19u};

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word >> bits | word << (32u - bits);
}

static uint32_t get_big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void put_big_endian(uint8_t *bytes, uint32_t word)
{
    bytes[0] = (uint8_t)(word >> 24);
    bytes[1] = (uint8_t)(word >> 16);
    bytes[2] = (uint8_t)(word >> 8);
    bytes[3] = (uint8_t)word;
}

/* The schedule's next word, W[t] from W[t-16], W[t-15], W[t-7] and W[t-2]. */
static uint32_t extend(uint32_t w[16], unsigned t)
{
    uint32_t early = w[(t + 1u) & 15u];
    uint32_t late = w[(t + 14u) & 15u];
    uint32_t small0 = rotate(early, 7) ^ rotate(early, 18) ^ early >> 3;
    uint32_t small1 = rotate(late, 17) ^ rotate(late, 19) ^ late >> 10;
    w[t & 15u] += small0 + w[(t + 9u) & 15u] + small1;
    return w[t & 15u];
}

static void compress(uint32_t hash[8], const uint8_t block[BLOCK_BYTES])
{
    uint32_t w[16];
    uint32_t v[8];
    memcpy(v, hash, sizeof v);
    for (unsigned t = 0; t < 64; t++) {
        if (t < 16) w[t] = get_big_endian(block + 4u * t);
        uint32_t word = t < 16 ? w[t] : extend(w, t);
        uint32_t big1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
        uint32_t choice = v[6] ^ (v[4] & (v[5] ^ v[6]));
        uint32_t sum = v[7] + big1 + choice + ROUND[t] + word;
        uint32_t big0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
        uint32_t majority = (v[0] & v[1]) | (v[2] & (v[0] | v[1]));
        for (unsigned i = 7; i > 0; i--) v[i] = v[i - 1];
        v[4] += sum;
        v[0] = sum + big0 + majority;
    }
    for (unsigned i = 0; i < 8; i++) hash[i] += v[i];
}

void airdelta_sha256_begin(struct airdelta_sha256 *state)
{
    memcpy(state->hash, INITIAL, sizeof state->hash);
    state->total_bytes = 0;
}

void airdelta_sha256_update(struct airdelta_sha256 *state, const uint8_t *bytes, uint32_t count)
{
    while (count > 0) {
        uint32_t filled = (uint32_t)(state->total_bytes % BLOCK_BYTES);
        uint32_t step = BLOCK_BYTES - filled < count ? BLOCK_BYTES - filled : count;
        memcpy(state->block + filled, bytes, step);
        state->total_bytes += step;
        bytes += step;
        count -= step;
        if (filled + step == BLOCK_BYTES) compress(state->hash, state->block);
    }
}

void airdelta_sha256_finish(struct airdelta_sha256 *state, uint8_t digest[32])
{
    uint32_t filled = (uint32_t)(state->total_bytes % BLOCK_BYTES);
    uint64_t bits = state->total_bytes * 8u;
    state->block[filled++] = 0x80;
    if (filled > LENGTH_AT) {
        memset(state->block + filled, 0, BLOCK_BYTES - filled);
        compress(state->hash, state->block);
        filled = 0;
    }
    memset(state->block + filled, 0, LENGTH_AT - filled);
    put_big_endian(state->block + LENGTH_AT, (uint32_t)(bits >> 32));
    put_big_endian(state->block + LENGTH_AT + 4u, (uint32_t)bits);
    compress(state->hash, state->block);
    for (unsigned i = 0; i < 8; i++) put_big_endian(digest + 4u * i, state->hash[i]);
}
