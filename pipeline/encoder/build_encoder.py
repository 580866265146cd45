"""Builds the hot parts of the encoder, with the model sources of the device, into an extension.

Run by setuptools through `setup.py`; nothing imports it at run time.
"""

from pathlib import Path
from typing import Final

from cffi import FFI

_CORE: Final = Path("device_apply/core")
_ENCODER: Final = Path("pipeline/encoder/src")
_DECODER_ONLY: Final = "decoder.c"
"""The push interface; the encoder drives the model itself."""

ffi: Final = FFI()
ffi.cdef("""
    struct ad_segment { uint32_t new_start; uint32_t base_start; uint32_t length; };
    struct ad_costs {
        int32_t recent_segment; int32_t new_segment; int32_t per_distance_bit; int32_t hit;
        int32_t first_miss; int32_t next_miss; int32_t inserted;
    };
    struct ad_images {
        const uint8_t *base; uint32_t base_bytes; const uint8_t *new_; uint32_t new_bytes;
    };
    struct ad_anchor { uint32_t start; int32_t shift; };
    int32_t ad_find_anchors(const struct ad_images *images, const struct ad_costs *costs,
                            struct ad_anchor *anchors);
    int32_t ad_cheapest_path(const struct ad_images *images, const struct ad_anchor *anchors,
                             uint32_t anchor_count, const struct ad_costs *costs,
                             struct ad_segment *segments, uint32_t capacity);
    int32_t ad_normalise(const uint8_t *image, uint32_t image_bytes, const uint8_t *header,
                         size_t header_bytes, int is_base, int is_blank,
                         const struct ad_segment *segments, uint32_t segment_count,
                         uint8_t *result);
    struct ad_work {
        uint64_t mixed_inputs; uint64_t decisions; uint32_t unpredicted; uint32_t changed;
    };
    int64_t ad_encode(const uint8_t *base, uint32_t base_bytes, const uint8_t *new_,
                      uint32_t new_bytes, const uint8_t *header, size_t header_bytes,
                      const struct ad_segment *segments, uint32_t segment_count, uint8_t *patch,
                      size_t capacity, struct ad_work *work);
    struct ad_trace {
        float *byte_bits; uint8_t *byte_kinds; float *segment_bits; double count_bits;
        double spent_bits; uint32_t is_block_start;
    };
    int64_t ad_encode_traced(const uint8_t *base, uint32_t base_bytes, const uint8_t *new_,
                             uint32_t new_bytes, const uint8_t *header, size_t header_bytes,
                             const struct ad_segment *segments, uint32_t segment_count,
                             struct ad_trace *trace);
    uint32_t ad_tier_table_bytes(uint32_t mode);
    struct ad_adapted {
        uint16_t *probability; uint8_t *observations; int16_t *weights;
        uint16_t *map_probability; uint8_t *map_observations;
    };
    void ad_adapted_sizes(uint32_t mode, uint32_t *sizes);
    int64_t ad_encode_adapted(const uint8_t *base, uint32_t base_bytes, const uint8_t *new_,
                              uint32_t new_bytes, const uint8_t *header, size_t header_bytes,
                              const struct ad_segment *segments, uint32_t segment_count,
                              const struct ad_adapted *adapted);
    struct ad_instruction {
        uint8_t length; uint8_t kind; int8_t anchor; uint8_t detail; uint8_t is_value;
        uint32_t target;
    };
    struct ad_instruction ad_find_instruction(int architecture, const uint8_t *code,
                                              uint32_t address);
    void ad_write_target(int architecture, const struct ad_instruction *field, uint8_t *bytes,
                         uint32_t address, uint32_t target);
    int ad_read_target(int architecture, const struct ad_instruction *field,
                       const uint8_t *bytes, uint32_t address, uint32_t *contribution);
    int32_t ad_code_likeness(const uint8_t *image, uint32_t image_bytes, int32_t architecture);
    uint32_t ad_guess_load_address(const uint8_t *image, uint32_t image_bytes,
                                   int32_t architecture, uint32_t alignment, uint32_t *votes);
""")
ffi.set_source(
    "pipeline.encoder._encoder",
    '#include "encoder.h"\n#include "relocation.h"\n#include "segment_map.h"\n#include "trace.h"\n',
    sources=[
        str(path)
        for path in sorted(_CORE.glob("src/*.c")) + sorted(_ENCODER.glob("*.c"))
        if path.name != _DECODER_ONLY
    ],
    include_dirs=[str(_ENCODER), str(_CORE / "src"), str(_CORE / "include")],
    depends=[str(path) for path in [*_CORE.glob("*/*.h"), *_ENCODER.glob("*.h")]],
    define_macros=[("AIRDELTA_ENCODER", None)],
    extra_compile_args=["-std=c99", "-O3", "-Wall", "-Wextra"],
    libraries=["m"],
)
