"""Builds the C library `airdelta` into a Python extension: what the device links, for the host.

Run by setuptools through `setup.py`; nothing imports it at run time.
"""

import importlib
import sys
from pathlib import Path
from typing import Final

from cffi import FFI

_CORE: Final = Path("device_apply/core")
_HEADERS: Final = (_CORE / "include" / "airdelta.h", _CORE / "host" / "memory_decoder.h")
_WARNINGS: Final = ["-Wall", "-Wextra"]

# An isolated build does not have the source tree on its path.
sys.path.insert(0, str(Path.cwd()))
_headers: Final = importlib.import_module("device_apply.header_declarations")

ffi: Final = FFI()
ffi.cdef(_headers.header_declarations(_HEADERS))
ffi.cdef("""
    extern "Python" int airdelta_read_base(void *, uint32_t, uint8_t *, uint32_t);
    extern "Python" int airdelta_write_new(void *, uint32_t, const uint8_t *, uint32_t);
    extern "Python" int airdelta_read_new(void *, uint32_t, uint8_t *, uint32_t);
    extern "Python" int airdelta_scratch_erase(void *, uint32_t);
    extern "Python" int airdelta_scratch_program(void *, uint32_t, const uint8_t *, uint32_t);
    extern "Python" int airdelta_scratch_read(void *, uint32_t, uint8_t *, uint32_t);
""")
ffi.set_source(
    "device_apply.core._decoder",
    _headers.header_includes(_HEADERS),
    sources=[str(path) for path in sorted((_CORE / "src").glob("*.c"))]
    + [str(_CORE / "host" / "memory_decoder.c")],
    include_dirs=[str(_CORE / "include"), str(_CORE / "host")],
    depends=[str(path) for path in sorted(_CORE.glob("*/*.h"))],
    extra_compile_args=["-std=c99", "-O3", *_WARNINGS],
)
