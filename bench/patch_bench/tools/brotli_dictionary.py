"""brotli with the base image as its dictionary, through the C library in the `brotli` package.

The package's Python functions know no dictionaries, but its extension module exports the library's
C functions, which do (brotli/encode.h, brotli/decode.h, since 1.1).
"""

import ctypes
import importlib.util
from collections.abc import Mapping
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint32, c_void_p
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Final

from patch_bench.corpus import Pair

_EXTENSION: Final = "_brotli"

_PARAMETER_QUALITY: Final = 1  # encode.h, BROTLI_PARAM_QUALITY
_PARAMETER_WINDOW_BITS: Final = 2  # encode.h, BROTLI_PARAM_LGWIN
_OPERATION_FINISH: Final = 2  # encode.h, BROTLI_OPERATION_FINISH
_MAX_QUALITY: Final = 11  # encode.h, BROTLI_MAX_QUALITY
_MAX_WINDOW_BITS: Final = 24  # encode.h, BROTLI_MAX_WINDOW_BITS
_RAW_DICTIONARY: Final = 0  # shared_dictionary.h, BROTLI_SHARED_DICTIONARY_RAW
_DECODER_SUCCESS: Final = 1  # decode.h, BROTLI_DECODER_RESULT_SUCCESS

_SIZE: Final = POINTER(c_size_t)
_FUNCTIONS: Final[Mapping[str, tuple[object, tuple[object, ...]]]] = {
    "BrotliEncoderCreateInstance": (c_void_p, (c_void_p, c_void_p, c_void_p)),
    "BrotliEncoderSetParameter": (c_int, (c_void_p, c_int, c_uint32)),
    "BrotliEncoderPrepareDictionary": (
        c_void_p,
        (c_int, c_size_t, c_char_p, c_int, c_void_p, c_void_p, c_void_p),
    ),
    "BrotliEncoderAttachPreparedDictionary": (c_int, (c_void_p, c_void_p)),
    "BrotliEncoderCompressStream": (
        c_int,
        (c_void_p, c_int, _SIZE, POINTER(c_char_p), _SIZE, POINTER(c_void_p), c_void_p),
    ),
    "BrotliEncoderIsFinished": (c_int, (c_void_p,)),
    "BrotliEncoderDestroyInstance": (None, (c_void_p,)),
    "BrotliEncoderDestroyPreparedDictionary": (None, (c_void_p,)),
    "BrotliDecoderCreateInstance": (c_void_p, (c_void_p, c_void_p, c_void_p)),
    "BrotliDecoderAttachDictionary": (c_int, (c_void_p, c_int, c_size_t, c_char_p)),
    "BrotliDecoderDecompressStream": (
        c_int,
        (c_void_p, _SIZE, POINTER(c_char_p), _SIZE, POINTER(c_void_p), c_void_p),
    ),
    "BrotliDecoderDestroyInstance": (None, (c_void_p,)),
}
"""Result and argument types of what is called here."""


class BrotliError(Exception):
    """The library refused; the message names the step."""


@dataclass(frozen=True, slots=True)
class BrotliDictionary:
    """brotli at quality 11 with its largest standard window."""

    name: str = "brotli-dictionary"
    is_mcu_applicable: bool = False

    def find_obstacle(self) -> str | None:
        """Say whether the package is missing, or one without the C functions."""
        if importlib.util.find_spec(_EXTENSION) is None:
            return "the Python package brotli is not installed"
        try:
            _library()
        except (AttributeError, OSError):
            return "this build of the Python package brotli does not export dictionary functions"
        return None

    def versions(self) -> Mapping[str, str]:
        """Return the package's version."""
        return {"brotli": version("brotli")}

    def encode(self, pair: Pair) -> bytes:
        """Return a brotli stream."""
        library = _library()
        encoder = library.BrotliEncoderCreateInstance(None, None, None)
        dictionary = library.BrotliEncoderPrepareDictionary(
            _RAW_DICTIONARY, len(pair.base), pair.base, _MAX_QUALITY, None, None, None
        )
        try:
            _check(
                library.BrotliEncoderSetParameter(encoder, _PARAMETER_QUALITY, _MAX_QUALITY)
                and library.BrotliEncoderSetParameter(
                    encoder, _PARAMETER_WINDOW_BITS, _MAX_WINDOW_BITS
                )
                and library.BrotliEncoderAttachPreparedDictionary(encoder, dictionary),
                "set up the encoder",
            )
            capacity = len(pair.new) + len(pair.new) // 8 + 1024  # beyond BrotliEncoderMaxSize
            stream = _Buffers(pair.new, capacity)
            _check(
                library.BrotliEncoderCompressStream(encoder, _OPERATION_FINISH, *stream.arguments)
                and library.BrotliEncoderIsFinished(encoder),
                "compress",
            )
            return stream.output
        finally:
            library.BrotliEncoderDestroyInstance(encoder)
            library.BrotliEncoderDestroyPreparedDictionary(dictionary)

    def decode(self, patch: bytes, base: bytes, new_size: int) -> bytes:
        """Return the new image."""
        library = _library()
        decoder = library.BrotliDecoderCreateInstance(None, None, None)
        try:
            _check(
                library.BrotliDecoderAttachDictionary(decoder, _RAW_DICTIONARY, len(base), base),
                "attach the dictionary",
            )
            stream = _Buffers(patch, new_size)
            result = library.BrotliDecoderDecompressStream(decoder, *stream.arguments)
            _check(result == _DECODER_SUCCESS, "decompress")
            return stream.output
        finally:
            library.BrotliDecoderDestroyInstance(decoder)


class _Buffers:
    """Input and output of one call, in the form that both stream functions take."""

    def __init__(self, data: bytes, capacity: int) -> None:
        self._capacity = capacity
        self._buffer = ctypes.create_string_buffer(capacity)
        self._room = c_size_t(capacity)
        address = c_void_p(ctypes.addressof(self._buffer))
        self.arguments = (
            byref(c_size_t(len(data))),
            byref(c_char_p(data)),
            byref(self._room),
            byref(address),
            None,
        )

    @property
    def output(self) -> bytes:
        """What the library wrote."""
        return self._buffer.raw[: self._capacity - self._room.value]


def _check(result: object, step: str) -> None:
    if not result:
        raise BrotliError(f"brotli could not {step}")


@cache
def _library() -> ctypes.CDLL:
    spec = importlib.util.find_spec(_EXTENSION)
    if spec is None or spec.origin is None:
        raise OSError(f"{_EXTENSION} is not a file")
    library = ctypes.CDLL(spec.origin)
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


TOOLS: Final = (BrotliDictionary(),)
"""The tools of this module."""
