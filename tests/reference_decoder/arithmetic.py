"""The arithmetic decoder: one bit at a time. Section 4."""

from typing import Final

from tests.reference_decoder.words import MASK32, MalformedPatchError

_TAIL_BYTES: Final = 3
"""Zero bytes read behind the end of the patch when the image is complete."""
_UNIT_BYTES: Final = 64
"""A unit of work uses fewer bytes of the patch."""
_START_BYTES: Final = 128
"""Header, first bytes and the number of segments together use fewer."""
_RANGE_MINIMUM: Final = 1 << 24


class ArithmeticDecoder:
    """A range, divided bit by bit around the place of the patch in it."""

    def __init__(self, patch: bytes, header_bytes: int) -> None:
        self._data = patch
        self._position = header_bytes
        self._tail_bytes = 0
        self._range = MASK32
        self._code = 0
        for _ in range(4):
            self._code = self._code << 8 | self._next_byte()
        self._unit_start = 0
        self._unit_limit = _START_BYTES

    def bit(self, probability: int) -> int:
        """Decode a bit that is 1 with `probability` of 65536."""
        width = self._range
        part = width * probability >> 16
        bit = int(self._code < part)
        if not bit:
            self._code -= part
        self._range = part if bit else width - part
        while self._range < _RANGE_MINIMUM:
            self._range <<= 8
            self._code = self._code << 8 & MASK32 | self._next_byte()
        return bit

    def end_unit(self) -> None:
        """Check the input of the unit of work that ends here."""
        if self._position - self._unit_start >= self._unit_limit:
            raise MalformedPatchError("one unit uses too many bytes of the patch")
        self._unit_start = self._position
        self._unit_limit = _UNIT_BYTES

    def finish(self) -> None:
        """Check that the patch ends where the image does."""
        if self._position != len(self._data) or self._tail_bytes != _TAIL_BYTES:
            raise MalformedPatchError("the patch goes on behind the end of the image")

    def _next_byte(self) -> int:
        if self._position < len(self._data):
            self._position += 1
            return self._data[self._position - 1]
        self._tail_bytes += 1
        if self._tail_bytes > _TAIL_BYTES:
            raise MalformedPatchError("the patch ends before the image is complete")
        return 0
