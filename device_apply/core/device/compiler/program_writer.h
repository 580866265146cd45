/*
 * Writing the program of a commit in place (program.h): first its head, out of what the decoder
 * knows, then an extent for each changed page, out of the new image as it is decoded. The bytes go
 * to a sink in ascending order, the same ones each time, so that a cut costs nothing but time.
 */
#ifndef AIRDELTA_DV_PROGRAM_WRITER_H
#define AIRDELTA_DV_PROGRAM_WRITER_H

#include "airdelta_decoder.h"
#include "new_page.h"

#define DV_MOST_REPLACED 60u
/* Bytes of the new image that are compared at once. */
#define DV_COMPARED_BYTES 32u

/* Takes the next bytes; not 0 to abort. */
typedef int (*dv_sink)(void *context, const uint8_t *bytes, uint32_t count);

/* What a head is made of. */
struct dv_head_source {
    const struct airdelta_decoder *decoder;
    void *memory; /* of the decoder, which is done */
    const uint8_t *changed; /* a bit for each page */
    /* Reads bytes of the plan; not 0 if that fails. */
    int (*read_plan)(void *context, uint32_t offset, uint8_t *bytes, uint32_t count);
    void *context;
};

struct dv_program_writer {
    struct dv_program program;
    struct dv_moment moment;
    struct dv_page_builder builder;
    dv_sink sink;
    void *context;
    uint32_t crc;      /* of the head, then of the page */
    uint32_t item;     /* of the head, to be written next */
    uint32_t kept;     /* before the bytes to be replaced */
    uint32_t tokens;   /* bytes of the extent's */
    uint32_t overhang; /* of the page before */
    uint32_t skipped;  /* of this page */
    uint32_t written;  /* bytes given to the sink */
    uint8_t replaced_count;
    uint8_t doubt;     /* a kept byte behind the replaced ones, which may yet be one of them */
    uint8_t has_failed;
    uint8_t replaced[DV_MOST_REPLACED + 2u];
};

/* Set `writer->program` up for a head. `source` says how many rows there are; whether they fit. */
int dv_writer_plan_head(struct dv_program_writer *writer, const struct dv_head_source *source);

/* Write at most `most` more items of the head: 1 if there are more, 0 if not, -1 if that failed. */
int dv_writer_head(struct dv_program_writer *writer, const struct dv_head_source *source,
                   uint32_t most);

/* Take the next bytes of the new image, from its beginning; not 0 if that failed. */
int dv_writer_compile(struct dv_program_writer *writer, const uint8_t *bytes, uint32_t count);

/* What goes to the very end of the area: where the extents end. */
void dv_writer_end(const struct dv_program_writer *writer, uint8_t end[DV_PROGRAM_END_BYTES]);

#endif
