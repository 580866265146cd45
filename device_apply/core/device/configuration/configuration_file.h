/*
 * The bytes of a configuration file.
 *
 *     0 "ADCF"              12 entries: type u16, size u16, value
 *     4 version u8           n tag 16, over all before it
 *     5 oldest reader u8
 *     6 0 u16
 *     8 bytes of entries u32
 */
#ifndef AIRDELTA_DV_CONFIGURATION_FILE_H
#define AIRDELTA_DV_CONFIGURATION_FILE_H

#include "airdelta_configuration.h"

/* Bytes of the file that a head announces, without its tag; 0: it is none that can be read. */
uint32_t dv_file_bytes(const uint8_t *head, uint32_t limit);

/* Whether a file's entries fill it and no type is there twice. */
int dv_file_is_well_formed(const uint8_t *file, uint32_t file_bytes);

/* The offset of an entry, or `file_bytes`. */
uint32_t dv_file_find(const uint8_t *file, uint32_t file_bytes, uint16_t type);

/* The size of the entry at an offset, its head included. */
uint32_t dv_file_entry_bytes(const uint8_t *file, uint32_t at);

/* Write the head of a file that has so many bytes without its tag. */
void dv_file_write_head(uint8_t *file, uint32_t file_bytes);

#endif
