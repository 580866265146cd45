"""The arithmetic decoder: one bit at a time. Section 4."""

from typing import Final

from tests.reference_decoder.words import MASK32, MalformedPatchError

_TAIL_BYTES: Final = 3
"""Zero bytes read behind the end of the patch when the image is complete."""
_UNIT_BYTES: Final = 64
"""Patch bytes that one unit of work may use."""


class ArithmeticDecoder:
    """The interval [low, high], narrowed bit by bit around the patch's bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0
        self._tail_bytes = 0
        self._low = 0
        self._high = MASK32
        self._code = 0
        for _ in range(4):
            self._code = self._code << 8 | self._next_byte()
        self._unit_start = self._position

    def bit(self, probability: int) -> int:
        """Decode a bit that is 1 with `probability` of 65536."""
        width = self._high - self._low
        middle = self._low + (width >> 16) * probability + ((width & 0xFFFF) * probability >> 16)
        bit = int(self._code <= middle)
        if bit:
            self._high = middle
        else:
            self._low = middle + 1
        while (self._low ^ self._high) < 1 << 24:
            self._low = self._low << 8 & MASK32
            self._high = self._high << 8 & MASK32 | 255
            self._code = self._code << 8 & MASK32 | self._next_byte()
        return bit

    def end_unit(self) -> None:
        """Check the input of the unit of work that ends here."""
        if self._position - self._unit_start > _UNIT_BYTES:
            raise MalformedPatchError("one unit uses too many bytes of the patch")
        self._unit_start = self._position

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
