/*
 * What a decoder knows about how code moved, as rows of numbers: for installers that have to repeat
 * its predictions when the patch can no longer be decoded. Valid once a patch is decoded.
 */
#ifndef AIRDELTA_TABLES_H
#define AIRDELTA_TABLES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIRDELTA_MOST_COLUMNS 6u

enum airdelta_table {
    AIRDELTA_TABLE_MODEL,    /* architecture, whether words may be pointers, RAM: start, length */
    AIRDELTA_TABLE_SECTIONS, /* offset, address, length in the base, then in the new image */
    AIRDELTA_TABLE_SHIFTS,   /* an address, ascending, and by how much variables from there moved */
    AIRDELTA_TABLE_SEGMENTS, /* new start, ascending, base start, length */
    AIRDELTA_TABLE_BY_BASE   /* the numbers of the segments in the order of the base image */
};

/* Rows of a table; all are empty for patches without a model. */
uint32_t airdelta_table_rows(const void *memory, enum airdelta_table table);

/* Read a row below airdelta_table_rows(); columns that the table lacks are not touched. */
void airdelta_table_row(void *memory, enum airdelta_table table, uint32_t index,
                        uint32_t row[AIRDELTA_MOST_COLUMNS]);

#ifdef __cplusplus
}
#endif

#endif
