#include "cose.h"

#include "wire_numbers.h"

#define TAG_SIGN1 18u
#define HEADER_ALGORITHM 1u /* RFC 9052 section 3.1 */

int32_t dv_read_sign1_headers(struct dv_reader *reader)
{
    dv_read_tag(reader, TAG_SIGN1);
    dv_require(reader, dv_read_array(reader) == 4);
    struct dv_reader protected_header = dv_read_byte_string(reader);
    dv_require(&protected_header, dv_read_map(&protected_header) == 1);
    dv_read_literal(&protected_header, HEADER_ALGORITHM);
    int32_t algorithm = dv_read_negative(&protected_header);
    dv_require(&protected_header,
               algorithm == WIRE_ALGORITHM_ED25519 || algorithm == WIRE_ALGORITHM_ESP256);
    dv_require(reader, dv_is_finished(&protected_header));
    dv_require(reader, dv_read_map(reader) == 0); /* nothing protects an unprotected header */
    return algorithm;
}
