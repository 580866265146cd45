/*
 * The hot parts of the encoder. Policy (which parameters, how many tries) is in Python.
 *
 * Everything that must agree with the decoder is compiled from device_apply/core/src, with
 * AIRDELTA_ENCODER defined. Functions that return a count return -1 when memory runs out.
 */
#ifndef AIRDELTA_ENCODER_H
#define AIRDELTA_ENCODER_H

#include <stddef.h>
#include <stdint.h>

struct ad_segment;
struct ad_parameters;
struct ad_trace;

/* What alignment weighs; in 1/16 bit. */
struct ad_costs {
    int32_t recent_segment; /* a segment with a shift used not long ago */
    int32_t new_segment;    /* one with another shift */
    int32_t per_distance_bit; /* and for each bit of the difference to the shift before */
    int32_t hit;
    int32_t first_miss;
    int32_t next_miss;
    int32_t inserted;
};

/* Two images whose fields were made comparable by ad_normalise(). */
struct ad_images {
    const uint8_t *base;
    uint32_t base_bytes;
    const uint8_t *new_;
    uint32_t new_bytes;
};

#define AD_TOO_MANY_SEGMENTS (-2)

/* A proposal: a long exact match. Its shift is the base offset less the new one. */
struct ad_anchor {
    uint32_t start; /* in the new image */
    int32_t shift;
};

/*
 * First step of alignment: find anchors, in order of their start. `anchors` has room for as many as
 * the new image has bytes; returns their number.
 */
int32_t ad_find_anchors(const struct ad_images *images, const struct ad_costs *costs,
                        struct ad_anchor *anchors);

/*
 * Second step: choose where each part of the new image may come from, of what the anchors propose.
 * Writes at most `capacity` segments and returns their number, or AD_TOO_MANY_SEGMENTS.
 */
int32_t ad_cheapest_path(const struct ad_images *images, const struct ad_anchor *anchors,
                         uint32_t anchor_count, const struct ad_costs *costs,
                         struct ad_segment *segments, uint32_t capacity);

/* What it costs to go over from one shift to another that was not used lately. */
int32_t ad_shift_cost(const struct ad_costs *costs, int32_t from, int32_t to);

/*
 * Copy an image, with each far reference replaced by its target instead of its distance. With
 * segments, `image` is the base image and targets are those in the new one; without, references
 * are blanked if `is_blank`, or else keep their own targets.
 */
int32_t ad_normalise(const uint8_t *image, uint32_t image_bytes, const uint8_t *header,
                     size_t header_bytes, int is_base, int is_blank,
                     const struct ad_segment *segments, uint32_t segment_count, uint8_t *result);

/* What the decoder will do, counted, and how well it predicts what is in segments. */
struct ad_work {
    uint64_t mixed_inputs;
    uint64_t decisions;
    uint32_t unpredicted; /* bytes that are not what relocation predicts */
    uint32_t changed;     /* bytes that are not what the base image has there */
};

/*
 * Encode with the given header and segments; returns the size of the patch, of which at most
 * `capacity` bytes are written, or -2 if one unit of it would be more than a decoder accepts.
 */
int64_t ad_encode(const uint8_t *base, uint32_t base_bytes, const uint8_t *new_, uint32_t new_bytes,
                  const uint8_t *header, size_t header_bytes, const struct ad_segment *segments,
                  uint32_t segment_count, uint8_t *patch, size_t capacity, struct ad_work *work);

/* Encode and write what each part costs, see trace.h; arguments as of ad_encode(). */
int64_t ad_encode_traced(const uint8_t *base, uint32_t base_bytes, const uint8_t *new_,
                         uint32_t new_bytes, const uint8_t *header, size_t header_bytes,
                         const struct ad_segment *segments, uint32_t segment_count,
                         struct ad_trace *trace);

/* Bytes of the decoder's tables in a mode. */
uint32_t ad_tier_table_bytes(uint32_t mode);

/* What a model has learned: for the training of starting values. */
struct ad_adapted {
    uint16_t *probability; /* of the trained tables' counters, one table after the other */
    uint8_t *observations;
    int16_t *weights;
    uint16_t *map_probability;
    uint8_t *map_observations;
};

/* Sizes of the arrays of struct ad_adapted for a mode: counters, weights, counters of the map. */
void ad_adapted_sizes(uint32_t mode, uint32_t *sizes);

/* Encode and write what the model has learned by the end; arguments as of ad_encode(). */
int64_t ad_encode_adapted(const uint8_t *base, uint32_t base_bytes, const uint8_t *new_,
                          uint32_t new_bytes, const uint8_t *header, size_t header_bytes,
                          const struct ad_segment *segments, uint32_t segment_count,
                          const struct ad_adapted *adapted);

/*
 * How much the image looks like code of an architecture: calls that go where others go, per 1024
 * bytes, in 1/16.
 */
int32_t ad_code_likeness(const uint8_t *image, uint32_t image_bytes, int32_t architecture);

/*
 * Collect the numbers that code loads from literal pools or spells out in instructions: addresses of
 * variables are among them. `values` has room for as many as the image has bytes; returns their
 * number.
 */
int32_t ad_spelled_values(const uint8_t *image, uint32_t image_bytes, int32_t architecture,
                          uint32_t *values);

/*
 * The load address, a multiple of `alignment`, that most aligned words agree on, as pointers to
 * where functions begin, or strings for AD_ARCH_NONE; how many more than chance explains is written
 * to `*votes`.
 */
uint32_t ad_guess_load_address(const uint8_t *image, uint32_t image_bytes, int32_t architecture,
                               uint32_t alignment, uint32_t *votes);

#endif
