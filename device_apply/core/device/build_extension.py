"""Builds the device library, on its bench, into a Python extension.

Run by setuptools through `setup.py`; nothing imports it at run time.
"""

import importlib
import sys
from pathlib import Path
from typing import Final

from cffi import FFI

# An isolated build does not have the source tree on its path.
sys.path.insert(0, str(Path.cwd()))
_headers: Final = importlib.import_module("device_apply.header_declarations")
_native: Final = importlib.import_module("device_apply.core.device.native")

ffi: Final = FFI()
ffi.cdef(_headers.header_declarations(_native.HEADERS) + _native.HOST_CALLBACKS)
ffi.set_source(
    _native.EXTENSION,
    _headers.header_includes(_native.HEADERS),
    sources=[str(path) for path in _native.SOURCES],
    include_dirs=[str(path) for path in _native.INCLUDE_FOLDERS],
    extra_compile_args=["-std=c99", "-O3", "-Wall", "-Wextra"],
)
