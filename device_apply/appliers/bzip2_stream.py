"""One bzip2 stream of a payload.

The only number in its header is the block size, one digit, so there is nothing to bomb with but
the output, which the reader asks for in pieces. What a decoder needs is in the bzip2 manual (1.0.8,
section 2.4, "memory management"): 100 kB plus four times the block size.
"""

import bz2
from typing import Final

from device_apply.appliers.decompressor_stream import DecompressorStream
from device_apply.appliers.sources import SourceReader
from device_apply.errors import FormatError

_MAGIC: Final = b"BZh"
_LEVELS: Final = b"123456789"
_BLOCK_BYTES_PER_LEVEL: Final = 100_000
_STATE_BYTES: Final = 100_000
_BYTES_PER_BLOCK_BYTE: Final = 4


def bzip2_ram_bytes(compressed: SourceReader) -> int:
    """Return what decoding takes by the block size in the header, without moving the reader.

    Raises:
        device_apply.errors.FormatError: this is not the start of a bzip2 stream.
    """
    header = compressed.peek(len(_MAGIC) + 1)
    if header[:-1] != _MAGIC or header[-1:] not in _LEVELS:
        raise FormatError("not a bzip2 stream")
    level = int(header[-1:])
    return _STATE_BYTES + _BYTES_PER_BLOCK_BYTE * _BLOCK_BYTES_PER_LEVEL * level


def open_bzip2(compressed: SourceReader) -> DecompressorStream:
    """Decode one bzip2 stream."""
    return DecompressorStream(bz2.BZ2Decompressor(), compressed)
