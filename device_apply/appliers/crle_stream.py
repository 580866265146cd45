"""detools' conditional run-length encoding: literal segments and runs of one byte.

A segment is a kind (0 literal, 1 run), a length as an unsigned little-endian base-128 number, and
the bytes or the one byte. Empty segments, which only waste the reader's time, and numbers that are
longer than they need to be are refused; detools writes neither.
"""

from typing import Final

from device_apply.appliers.sources import SourceReader
from device_apply.errors import FormatError

_LITERAL: Final = 0
_RUN: Final = 1
_MAX_LENGTH_BITS: Final = 63  # detools refuses to write more


class CrleStream:
    """Bytes that CRLE segments stand for."""

    __slots__ = ("_encoded", "_left", "_run_byte")

    def __init__(self, encoded: SourceReader) -> None:
        """Decode what `encoded` has left."""
        self._encoded = encoded
        self._left = 0
        self._run_byte: bytes | None = None

    def read(self, size: int) -> bytes:
        """Return exactly the next `size` bytes.

        Raises:
            device_apply.errors.FormatError: the stream ends first, or is malformed.
        """
        data = bytearray()
        while len(data) < size:
            if not self._left:
                self._open_segment()
            count = min(self._left, size - len(data))
            data += self._encoded.read(count) if self._run_byte is None else self._run_byte * count
            self._left -= count
        return bytes(data)

    def finish(self) -> None:
        """Check that the last segment and the encoded bytes end here.

        Raises:
            device_apply.errors.FormatError: bytes are left.
        """
        if self._left:
            raise FormatError(f"CRLE segment is {self._left} bytes longer than the new image")
        self._encoded.finish()

    def _open_segment(self) -> None:
        kind = self._encoded.read(1)[0]
        if kind not in (_LITERAL, _RUN):
            raise FormatError(f"CRLE segment kind {kind} is neither literal nor run")
        self._left = self._read_length()
        if not self._left:
            raise FormatError("CRLE segment is empty")
        self._run_byte = self._encoded.read(1) if kind == _RUN else None

    def _read_length(self) -> int:
        value = 0
        for shift in range(0, _MAX_LENGTH_BITS, 7):
            byte = self._encoded.read(1)[0]
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                if not byte and shift:
                    raise FormatError("CRLE length is encoded in more bytes than it needs")
                return value
        raise FormatError(f"CRLE length has more than {_MAX_LENGTH_BITS} bits")
