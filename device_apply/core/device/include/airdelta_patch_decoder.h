/* The decoder of airdelta patches (airdelta.h) as the device library wants it. */
#ifndef AIRDELTA_PATCH_DECODER_H
#define AIRDELTA_PATCH_DECODER_H

#include "airdelta_decoder.h"

#ifdef __cplusplus
extern "C" {
#endif

/* For the tiers that read no new image back. A segment map that the work memory has no room for
 * goes to the scratch region, if the layout has one: then it is written again in every boot that
 * decodes. */
extern const struct airdelta_decoder airdelta_patch_decoder;

/* For all tiers: it keeps the new image in the work memory beside all that the other one needs. */
extern const struct airdelta_decoder airdelta_large_patch_decoder;

#ifdef __cplusplus
}
#endif

#endif
