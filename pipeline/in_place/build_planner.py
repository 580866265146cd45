"""Builds the planner, with the device's own installer and decoder, into an extension.

Run by setuptools through `setup.py`; nothing imports it at run time.
"""

import importlib
import sys
from pathlib import Path
from typing import Final

from cffi import FFI

_CORE: Final = Path("device_apply/core")
_DEVICE: Final = _CORE / "device"
_PLANNER: Final = Path("pipeline/in_place/src")
_HEADERS: Final = (_PLANNER / "plan_search.h", _PLANNER / "in_place.h")
_INSTALLER: Final = ("program.c", "plan.c", "page_builder.c", "new_page.c")

# An isolated build does not have the source tree on its path.
sys.path.insert(0, str(Path.cwd()))
_headers: Final = importlib.import_module("device_apply.header_declarations")

ffi: Final = FFI()
ffi.cdef(_headers.header_declarations(_HEADERS))
ffi.set_source(
    "pipeline.in_place._planner",
    _headers.header_includes(_HEADERS),
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
