/*
 * The download area: the head of one package and the fragments of its payload.
 *
 *     | header | head | place 0 | place 1 | ... | spare 0 | ... | spare 7 |
 *     header = "ADL2", head bytes u16, fragment bytes u16, payload bytes u32, chunk bytes u32,
 *              bytes of a chunk's hash u16, offset of the hashes in the head u16, CRC-32
 *
 * Fragment n goes into place n in one program operation; if a cut has spoilt that place, or its
 * chunk turned out to be wrong, into the first spare that takes it; the last spare counts. So no
 * index is stored that could disagree, none is kept in RAM, and a cut costs at most the fragment
 * that was being written. Of a payload that is streamed only the head is here.
 *
 * While the area is prepared, the state says every now and then for which package how many of its
 * sectors are erased, so that this ends however short the boots are.
 *
 *  9. A place holds a fragment only if it names this package.
 * 10. ... and only with its CRC.
 * 11. The area belongs to a package only while the state log says so: the session before is
 *     abandoned before the area is erased, and the new one is stated after its head is stored. What
 *     is stated about erased sectors is taken back before the first of them is programmed (11b).
 * 30. A chunk that is not what was signed is asked for again (chunks.h).
 */
#ifndef AIRDELTA_DV_DOWNLOAD_H
#define AIRDELTA_DV_DOWNLOAD_H

#include "airdelta_device.h"

/* Of the work memory, and of what is in it. */
#define DV_WORK_ALIGNMENT 8u

/* Divide the area for a package whose sizes and chunks are in `session`. Touches no flash. */
airdelta_device_status dv_download_plan(const struct airdelta_device_config *config,
                                        struct airdelta_session *session);

/* The part of the work memory that keeps what is not stored: a chunk of a streamed payload. */
uint32_t dv_download_buffer_bytes(const struct airdelta_session *session);

/* Begin to prepare the area for `session`, where an earlier power cycle left off. */
void dv_download_prepare(struct airdelta_device *device, const struct airdelta_session *session,
                         const uint8_t digest[AIRDELTA_DIGEST_BYTES]);

/* Erase the next sector, or, after the last, store header and head: then it says OK. */
airdelta_device_status dv_download_prepare_slice(struct airdelta_device *device,
                                                 const uint8_t *head);

/* Find the session of the package that the state names; `is_open` says whether it is there. */
airdelta_device_status dv_download_resume(struct airdelta_device *device);

int dv_download_holds(const struct airdelta_device *device, uint32_t index);

/* Whether the sender should send it: not held, or part of a chunk that is not what was signed. */
int dv_download_wants(const struct airdelta_device *device, uint32_t index);

/* Store a fragment. AIRDELTA_DEVICE_CHUNK_CORRUPT: it is, or it completed a chunk that is, not what
 * was signed. AIRDELTA_DEVICE_STORAGE_SPENT: no place takes it. */
airdelta_device_status dv_download_store(struct airdelta_device *device, uint32_t index,
                                         const uint8_t *bytes);

uint32_t dv_download_fragment_bytes(const struct airdelta_session *session, uint32_t index);

/* Read the head; whether it could be read. */
int dv_download_read_head(const struct airdelta_device *device, uint8_t *bytes);

/* Read a part of the head; whether it could be read. */
int dv_download_read_head_part(const struct airdelta_device *device, uint32_t offset,
                               uint8_t *bytes, uint32_t count);

/* Read payload bytes up to the end of their fragment; how many, 0 if that failed. */
uint32_t dv_download_read(const struct airdelta_device *device, uint32_t offset, uint8_t *bytes,
                          uint32_t count);

#endif
