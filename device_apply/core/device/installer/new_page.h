/*
 * One page of the new image, as the bootloader writes it and as the application rehearses that: what
 * the head predicts, with the bytes of the page's extent put over it.
 *
 *     extent = token* | CRC-32 of the page u32 | bytes of the tokens u24 | bytes to skip u8
 *     token  = (kept << 4 | replaced) | rest of kept | rest of replaced | the replaced bytes
 *
 * A token keeps so many predicted bytes and replaces so many. Four bits that are all ones stand for
 * 15 and are followed by a varint of the rest; behind the last token everything is kept. To skip are
 * the bytes of the page that belong to an instruction which began on the page before.
 */
#ifndef AIRDELTA_DV_NEW_PAGE_H
#define AIRDELTA_DV_NEW_PAGE_H

#include "page_builder.h"

#define DV_TOKEN_REST 15u

struct dv_new_page {
    struct dv_page_builder builder;
    uint32_t read; /* offsets of tokens in flash */
    uint32_t read_end;
    uint32_t kept; /* of the current token */
    uint32_t replaced;
    uint32_t expected_crc;
    uint32_t crc;
};

/* Begin the page of `moment`; whether the program has an extent for it. */
int dv_new_page_begin(struct dv_new_page *page, struct dv_program *program,
                      const struct dv_moment *moment, int is_rehearsal);

/* Make the next bytes, up to `most`; how many, 0 at the end of the page. */
uint32_t dv_new_page_read(struct dv_new_page *page, uint8_t *bytes, uint32_t most);

/* At the end: whether the page is what the application saw. */
int dv_new_page_is_right(const struct dv_new_page *page);

#endif
