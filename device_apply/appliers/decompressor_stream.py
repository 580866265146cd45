"""The standard library's incremental decompressors (lzma, bz2) as a `ByteStream`.

They stop after as many bytes as they are asked for, which is what bounds memory here; what each
may allocate by itself is checked from its header before it is opened.
"""

from lzma import LZMAError
from typing import Protocol

from device_apply.appliers.byte_stream import PIECE_BYTES
from device_apply.appliers.sources import SourceReader
from device_apply.errors import FormatError


class Decompressor(Protocol):
    """What `lzma.LZMADecompressor` and `bz2.BZ2Decompressor` have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end of the compressed stream was reached."""
        ...

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes out without more compressed bytes."""
        ...

    @property
    def unused_data(self) -> bytes:
        """Compressed bytes behind the end of the stream."""
        ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Take `data` and return at most `max_length` bytes."""
        ...


class DecompressorStream:
    """Bytes that a decompressor makes of one range of the payload."""

    __slots__ = ("_compressed", "_decompressor")

    def __init__(self, decompressor: Decompressor, compressed: SourceReader) -> None:
        """Decompress what `compressed` has left."""
        self._decompressor = decompressor
        self._compressed = compressed

    def read(self, size: int) -> bytes:
        """Return exactly the next `size` bytes.

        Raises:
            device_apply.errors.FormatError: the stream ends first, or is malformed.
        """
        data = bytearray()
        while len(data) < size:
            if self._decompressor.eof:
                raise FormatError(f"compressed stream ends {size - len(data)} bytes early")
            data += self._decompress(size - len(data))
        return bytes(data)

    def finish(self) -> None:
        """Check that the stream ends here and that no compressed bytes follow.

        Raises:
            device_apply.errors.FormatError: it goes on, is cut off, or something follows it.
        """
        while not self._decompressor.eof:
            if self._decompress(1):
                raise FormatError("compressed stream goes on after the end of the new image")
        if self._decompressor.unused_data or self._compressed.remaining:
            raise FormatError("payload has bytes after the end of a compressed stream")

    def _decompress(self, limit: int) -> bytes:
        """Return some of the next bytes, possibly none; every call takes input or gives output."""
        data = b""
        if self._decompressor.needs_input:
            data = self._compressed.read_up_to(PIECE_BYTES)
            if not data:
                raise FormatError("compressed stream is cut off")
        try:
            return self._decompressor.decompress(data, limit)
        except (LZMAError, OSError, ValueError) as error:
            raise FormatError(f"compressed stream is malformed: {error}") from error
