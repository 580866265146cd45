"""The base image as the decoder sees it: zeros outside, and code around any offset."""

from typing import Final

_MARGIN_BYTES: Final = 80
"""More than any rule of the format looks behind or ahead."""


class BaseImage:
    """The bytes of the base image with zeros around them."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self._padded = bytes(_MARGIN_BYTES) + data + bytes(_MARGIN_BYTES)

    def at(self, offset: int) -> int:
        """Return one byte."""
        return self._padded[_MARGIN_BYTES + offset]

    def read(self, offset: int, count: int) -> bytes:
        """Return bytes."""
        start = _MARGIN_BYTES + offset
        return self._padded[start : start + count]

    def code_at(self, offset: int) -> "CodeAt":
        """Return the code around an instruction."""
        return CodeAt(self._padded, _MARGIN_BYTES + offset)


class CodeAt:
    """Code, with offsets that count from one instruction."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data = data
        self._start = start

    def half(self, at: int) -> int:
        """Return the halfword at an offset."""
        start = self._start + at
        return self._data[start] | self._data[start + 1] << 8

    def word(self, at: int) -> int:
        """Return the word at an offset."""
        start = self._start + at
        return int.from_bytes(self._data[start : start + 4], "little")
