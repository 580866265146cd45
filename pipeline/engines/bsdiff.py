"""The engine on bsdiff4: Colin Percival's bsdiff, with its bzip2 streams packed anew.

bsdiff always takes bzip2's largest block, for which a decoder sets aside 3.7 MB per stream. The
smallest block that costs no bytes decodes in as little as 0.5 MB, any `BSDIFF40` applier reads it,
and smaller blocks now and then adapt better, too.
"""

import bz2
from struct import Struct
from types import MappingProxyType
from typing import Final

import bsdiff4

from device_apply.wire.payload_format import PayloadFormat
from pipeline.engines.contract import EngineError
from pipeline.engines.function_engine import FunctionEngine

_HEADER: Final = Struct("<8sQQQ")  # magic, control bytes, difference bytes, new image bytes
_LEVELS: Final = range(1, 10)


def _encode_bsdiff4(base: bytes, new: bytes) -> bytes:
    """Return a `BSDIFF40` patch."""
    try:
        patch = bsdiff4.diff(base, new)
    except (ValueError, RuntimeError) as error:
        raise EngineError(f"bsdiff4: {error}") from error
    magic, control_size, difference_size, new_size = _HEADER.unpack_from(patch)
    control_end = _HEADER.size + control_size
    difference_end = control_end + difference_size
    control = _repack(patch[_HEADER.size : control_end])
    differences = _repack(patch[control_end:difference_end])
    literals = _repack(patch[difference_end:])
    header = _HEADER.pack(magic, len(control), len(differences), new_size)
    return header + control + differences + literals


def _repack(stream: bytes) -> bytes:
    """Compress a bzip2 stream anew: smallest first, then smallest block."""
    data = bz2.decompress(stream)
    return min((bz2.compress(data, level) for level in _LEVELS), key=len)


ENGINES: Final = (
    FunctionEngine(
        payload_format=PayloadFormat.BSDIFF4,
        encoder=_encode_bsdiff4,
        parameters=MappingProxyType({"bzip2_level": "smallest of 1-9, for each stream"}),
    ),
)
"""The engines of this module."""
