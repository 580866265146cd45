"""Builds the planner, with the device's own installer and decoder, into an extension.

Run by setuptools through `setup.py`; nothing imports it at run time.
"""

from pathlib import Path
from typing import Final

from cffi import FFI

_CORE: Final = Path("device_apply/core")
_DEVICE: Final = _CORE / "device"
_PLANNER: Final = Path("pipeline/in_place/src")
_INSTALLER: Final = ("program.c", "plan.c", "page_builder.c", "new_page.c")

ffi: Final = FFI()
ffi.cdef("""
    struct plan_read { uint16_t page; uint16_t base_page; uint32_t bytes; };
    struct plan_problem {
        const struct plan_read *reads;
        uint32_t read_count;
        const uint8_t *is_changed;
        uint32_t pages;
        uint32_t base_pages;
        uint32_t stash_pages;
        uint32_t most_plan_bytes;
        uint32_t rounds;
    };
    struct plan_found { uint32_t lost_bytes; uint32_t plan_bytes; uint32_t stashed_pages; };
    int plan_search(const struct plan_problem *problem, uint8_t *plan, struct plan_found *found);

    struct in_place_images {
        const uint8_t *base;
        const uint8_t *new_;
        const uint8_t *patch;
        uint32_t base_bytes;
        uint32_t new_bytes;
        uint32_t patch_bytes;
        uint32_t page_bytes;
        uint32_t sector_bytes;
    };
    struct in_place_program {
        uint32_t head_bytes;
        uint32_t extents_at;
        uint32_t extents_bytes;
        uint32_t segments;
        uint32_t changed_pages;
    };
    struct in_place;
    struct in_place *in_place_open(const struct in_place_images *images);
    void in_place_close(struct in_place *handle);
    void in_place_changed(const struct in_place *handle, uint8_t *is_changed);
    uint32_t in_place_reads(struct in_place *handle, struct plan_read *reads, uint32_t capacity);
    int in_place_compile(struct in_place *handle, const uint8_t *plan, uint32_t plan_bytes,
                         uint32_t stash_pages, struct in_place_program *program);
""")
ffi.set_source(
    "pipeline.in_place._planner",
    '#include "in_place.h"\n',
    sources=[
        *(str(path) for path in sorted(_PLANNER.glob("*.c"))),
        *(str(_DEVICE / "installer" / name) for name in _INSTALLER),
        str(_DEVICE / "compiler" / "program_writer.c"),
        str(_DEVICE / "app" / "patch_decoder.c"),
        str(_DEVICE / "boot" / "crc32.c"),
        *(str(path) for path in sorted((_CORE / "src").glob("*.c"))),
    ],
    include_dirs=[
        str(_PLANNER),
        *(str(_DEVICE / folder) for folder in ("include", "boot", "installer", "app", "compiler")),
        str(_CORE / "src"),
        str(_CORE / "include"),
    ],
    depends=[
        str(path) for path in [*_CORE.glob("*/*.h"), *_DEVICE.glob("*/*.h"), *_PLANNER.glob("*.h")]
    ],
    extra_compile_args=["-std=c99", "-O3", "-Wall", "-Wextra"],
)
