"""Builds the C library `airdelta` into a Python extension: what the device links, for the host.

Run by setuptools through `setup.py`; nothing imports it at run time.
"""

from pathlib import Path
from typing import Final

from cffi import FFI

_CORE: Final = Path("device_apply/core")
_WARNINGS: Final = ["-Wall", "-Wextra"]

ffi: Final = FFI()
ffi.cdef("""
    struct airdelta_sizes { uint32_t base_bytes; uint32_t new_bytes; uint32_t patch_bytes; };
    struct airdelta_ports {
        void *context;
        int (*read_base)(void *context, uint32_t offset, uint8_t *bytes, uint32_t count);
        int (*write_new)(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count);
        int (*read_new)(void *context, uint32_t offset, uint8_t *bytes, uint32_t count);
        int (*scratch_erase)(void *context, uint32_t count);
        int (*scratch_program)(void *context, uint32_t offset, const uint8_t *bytes,
                               uint32_t count);
        int (*scratch_read)(void *context, uint32_t offset, uint8_t *bytes, uint32_t count);
        uint32_t scratch_bytes;
        void (*watchdog)(void *context);
    };
    struct airdelta_needs {
        uint32_t memory_bytes;
        uint32_t segment_bytes;
        uint8_t tier;
        uint8_t architecture;
        uint8_t is_built_in;
    };
    uint32_t airdelta_features(void);
    int airdelta_needs_of(const uint8_t *bytes, size_t count, struct airdelta_needs *needs);
    uint32_t airdelta_scratch_bytes(uint32_t segments);
    int airdelta_begin(void *memory, size_t memory_bytes, const struct airdelta_ports *ports,
                       const struct airdelta_sizes *sizes);
    int airdelta_feed(void *memory, const uint8_t *bytes, size_t count, size_t *taken);
    int airdelta_step(void *memory, uint32_t budget);
    int airdelta_resume(void *memory, const struct airdelta_ports *ports);
    uint32_t airdelta_segment_count(const void *memory);
    uint32_t airdelta_written_bytes(const void *memory);

    extern "Python" int airdelta_read_base(void *, uint32_t, uint8_t *, uint32_t);
    extern "Python" int airdelta_write_new(void *, uint32_t, const uint8_t *, uint32_t);
    extern "Python" int airdelta_read_new(void *, uint32_t, uint8_t *, uint32_t);
    extern "Python" int airdelta_scratch_erase(void *, uint32_t);
    extern "Python" int airdelta_scratch_program(void *, uint32_t, const uint8_t *, uint32_t);
    extern "Python" int airdelta_scratch_read(void *, uint32_t, uint8_t *, uint32_t);

    int airdelta_decode_memory(const uint8_t *patch, uint32_t patch_bytes, const uint8_t *base,
                               uint32_t base_bytes, uint8_t *new_, uint32_t new_bytes);
""")
ffi.set_source(
    "device_apply.core._decoder",
    '#include "airdelta.h"\n#include "memory_decoder.h"\n',
    sources=[str(path) for path in sorted((_CORE / "src").glob("*.c"))]
    + [str(_CORE / "host" / "memory_decoder.c")],
    include_dirs=[str(_CORE / "include"), str(_CORE / "host")],
    depends=[str(path) for path in sorted(_CORE.glob("*/*.h"))],
    extra_compile_args=["-std=c99", "-O3", *_WARNINGS],
)
