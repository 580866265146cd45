"""Builds the hot parts of the encoder, with the model sources of the device, into an extension.

Run by setuptools through `setup.py`; nothing imports it at run time.
"""

import importlib
import sys
from pathlib import Path
from typing import Final

from cffi import FFI

_CORE: Final = Path("device_apply/core")
_ENCODER: Final = Path("pipeline/encoder/src")
_DECODER_ONLY: Final = "decoder.c"
"""The push interface; the encoder drives the model itself."""
_HEADERS: Final = (
    _CORE / "src" / "fixed_point.h",
    _CORE / "src" / "relocation.h",
    _CORE / "src" / "integers.h",
    _CORE / "src" / "segment_map.h",
    _ENCODER / "encoder.h",
    _ENCODER / "trace.h",
)

# An isolated build does not have the source tree on its path.
sys.path.insert(0, str(Path.cwd()))
_headers: Final = importlib.import_module("device_apply.header_declarations")

ffi: Final = FFI()
ffi.cdef(_headers.header_declarations(_HEADERS))
ffi.set_source(
    "pipeline.encoder._encoder",
    _headers.header_includes(_HEADERS),
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
