#include <string.h>

#include "airdelta_secure_boot.h"
#include "bytes.h"
#include "flash_access.h"

#define MAGIC 0x49534441u /* "ADSI" */
#define HEAD_BYTES 16u    /* of the trailer, before the signature */
#define CONTEXT_BYTES 16u
#define DIGEST_PIECE_BYTES 256u

/* No other signature of a vendor's is over bytes that begin so. */
static const char CONTEXT[] = "airdelta image 1";

/* Digest an image but for its signature; whether it could be read. */
static int digest_image(const struct airdelta_port *port, uint32_t offset, uint32_t bytes,
                        uint8_t digest[AIRDELTA_DIGEST_BYTES])
{
    port->digest_begin(port->context);
    for (uint32_t at = 0; at < bytes; at += DIGEST_PIECE_BYTES) {
        uint32_t step = dv_min(bytes - at, DIGEST_PIECE_BYTES);
        if (!dv_digest_piece(port, offset + at, step)) return 0;
    }
    port->digest_finish(port->context, digest);
    return 1;
}

int airdelta_is_signed_image(const struct airdelta_port *port, uint32_t offset, uint32_t bytes,
                             uint32_t *security_counter)
{
    uint8_t trailer[AIRDELTA_IMAGE_TRAILER_BYTES];
    uint8_t message[CONTEXT_BYTES + AIRDELTA_DIGEST_BYTES];
    if (bytes < AIRDELTA_IMAGE_TRAILER_BYTES) return 0;
    uint32_t code_bytes = bytes - AIRDELTA_IMAGE_TRAILER_BYTES;
    if (port->read(port->context, offset + code_bytes, trailer, sizeof trailer) !=
        AIRDELTA_FLASH_OK) {
        return 0;
    }
    if (dv_get_u32(trailer) != MAGIC || dv_get_u32(trailer + 4) != code_bytes) return 0;
    memcpy(message, CONTEXT, CONTEXT_BYTES);
    if (!digest_image(port, offset, code_bytes + HEAD_BYTES, message + CONTEXT_BYTES)) return 0;
    int32_t algorithm = (int32_t)dv_get_u32(trailer + 12);
    if (!port->verify(port->context, algorithm, message, sizeof message, trailer + HEAD_BYTES,
                      AIRDELTA_IMAGE_TRAILER_BYTES - HEAD_BYTES)) {
        return 0; /* RULE 31 */
    }
    if (security_counter != NULL) *security_counter = dv_get_u32(trailer + 8);
    return 1;
}
