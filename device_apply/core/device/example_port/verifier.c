/* ECDSA with P-256 and SHA-256, by BearSSL. Built with TRUSTED_KEY: an uncompressed point, 65
 * bytes, as an initialiser. */
#include "verifier.h"

#include "airdelta_sha256.h"
#include "bearssl_ec.h"

#define ESP256 (-9) /* COSE's number (RFC 9864) */
#define SIGNATURE_BYTES 64u

static const uint8_t TRUSTED_POINT[65] = TRUSTED_KEY;

int verifier_accepts(int32_t algorithm, const uint8_t *message, uint32_t count,
                     const uint8_t *signature, uint32_t signature_bytes)
{
    uint8_t digest[32];
    struct airdelta_sha256 hash;
    /* BearSSL does not write to the point, though its type allows it. */
    const br_ec_public_key key = {BR_EC_secp256r1, (uint8_t *)TRUSTED_POINT, sizeof TRUSTED_POINT};
    /* the key decides, never the message */
    if (algorithm != ESP256 || signature_bytes != SIGNATURE_BYTES) return 0;
    airdelta_sha256_begin(&hash);
    airdelta_sha256_update(&hash, message, count);
    airdelta_sha256_finish(&hash, digest);
    return br_ecdsa_i15_vrfy_raw(&br_ec_p256_m15, digest, sizeof digest, &key, signature,
                                 signature_bytes) == 1;
}
