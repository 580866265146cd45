/*
 * The CBOR (RFC 8949) of SMP messages: one map of named fields, of definite length. Fields that
 * nobody asks for are passed over, nested ones included.
 */
#ifndef AIRDELTA_SMP_CBOR_H
#define AIRDELTA_SMP_CBOR_H

#include <stdint.h>

/* One field of a request, as far as servers look at them. */
struct smp_field {
    const uint8_t *bytes; /* of a byte string or a text; NULL: it is neither */
    uint32_t number;      /* of an unsigned integer or a simple value; else the length */
    uint8_t major;        /* RFC 8949 section 3.1 */
};

#define SMP_MAJOR_UNSIGNED 0u
#define SMP_MAJOR_BYTES 2u
#define SMP_MAJOR_TEXT 3u

/* Find a field of the map in `bytes`; whether it is there. Malformed maps have no fields. */
int smp_find(const uint8_t *bytes, uint32_t count, const char *name, struct smp_field *field);

/* A reply under construction: writing behind the end is noticed, not done. */
struct smp_writer {
    uint8_t *bytes;
    uint32_t capacity;
    uint32_t count;
};

void smp_write_map(struct smp_writer *writer, uint32_t pairs);
void smp_write_array(struct smp_writer *writer, uint32_t items);
void smp_write_text(struct smp_writer *writer, const char *text);
void smp_write_chars(struct smp_writer *writer, const uint8_t *chars, uint32_t count);
void smp_write_bytes(struct smp_writer *writer, const uint8_t *bytes, uint32_t count);
void smp_write_number(struct smp_writer *writer, uint32_t number);
void smp_write_flag(struct smp_writer *writer, int is_true);

#endif
