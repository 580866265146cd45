/* The decoder of airdelta patches (airdelta.h) as the device library wants it. */
#ifndef AIRDELTA_PATCH_DECODER_H
#define AIRDELTA_PATCH_DECODER_H

#include "airdelta_decoder.h"

#ifdef __cplusplus
extern "C" {
#endif

/* For the tiers that read no new image back; the segment map has to fit in the work memory. */
extern const struct airdelta_decoder airdelta_patch_decoder;

#ifdef __cplusplus
}
#endif

#endif
