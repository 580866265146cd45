"""Carrying out copy-add, insert and seek: the instructions of the bsdiff family of formats.

Every bound that published appliers lack is kept here, once, for all formats of the family:

- a length is not negative and fits the rest of the new image, checked before a byte is read;
- the read position stays inside the part of the base image that may be read, also after a seek;
- there are at most as many instructions as the new image has bytes, plus one, so a compressed
  stream of empty instructions ends. (bsdiff moves on by at least a byte with each.)
"""

from dataclasses import dataclass
from typing import Final

from device_apply.appliers.bounded_output import BoundedOutput
from device_apply.appliers.byte_stream import ByteStream, copy, piece_sizes
from device_apply.appliers.contract import Source
from device_apply.errors import ApplyFailed, FormatError

_BYTE_VALUES: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseWindow:
    """The part of a base image that instructions may read; it lies inside the base image."""

    base: Source
    start: int
    end: int

    @classmethod
    def whole(cls, base: Source) -> "BaseWindow":
        """Allow the whole base image."""
        return cls(base=base, start=0, end=base.size)


class PatchInterpreter:
    """Carries out instructions against a base image, from its window's start."""

    __slots__ = ("_instructions_left", "_output", "_position", "_window")

    def __init__(self, window: BaseWindow, output: BoundedOutput) -> None:
        """Read from `window`, write to `output`."""
        self._window = window
        self._output = output
        self._position = window.start
        self._instructions_left = output.remaining + 1

    def copy_add(self, size: int, differences: ByteStream) -> None:
        """Write the next `size` bytes of the base image, each plus the next difference.

        Raises:
            device_apply.errors.FormatError: the size is negative or does not fit.
            device_apply.errors.ApplyFailed: the base image has fewer bytes there.
        """
        self._check_size(size)
        if size > self._window.end - self._position:
            raise ApplyFailed(
                f"patch reads {size} bytes at {self._position} of the base image, "
                f"which may be read up to {self._window.end}"
            )
        for piece in piece_sizes(size):
            base_bytes = self._window.base.read(self._position, piece)
            self._output(add_bytes(base_bytes, differences.read(piece)))
            self._position += piece

    def insert(self, size: int, literals: ByteStream) -> None:
        """Write the next `size` literal bytes.

        Raises:
            device_apply.errors.FormatError: the size is negative or does not fit.
        """
        self._check_size(size)
        copy(literals, size, self._output)

    def seek(self, distance: int) -> None:
        """Move the read position by `distance`, which ends the instruction.

        Raises:
            device_apply.errors.FormatError: there are more instructions than any encoder writes.
            device_apply.errors.ApplyFailed: the position leaves what may be read.
        """
        position = self._position + distance
        if not self._window.start <= position <= self._window.end:
            raise ApplyFailed(
                f"patch seeks to {position} in the base image, which may be read in "
                f"{self._window.start}..{self._window.end}"
            )
        self._instructions_left -= 1
        if self._instructions_left < 0:
            raise FormatError("patch has more instructions than the new image has bytes")
        self._position = position

    def _check_size(self, size: int) -> None:
        if size < 0:
            raise FormatError(f"patch has a negative length ({size})")
        if size > self._output.remaining:
            raise FormatError(f"patch writes {size} bytes where {self._output.remaining} are left")


def add_bytes(first: bytes, second: bytes) -> bytes:
    """Add byte by byte, modulo 256."""
    # Most differences of firmware are zero; counting them is far cheaper than adding them.
    if second.count(0) == len(second):
        return first
    return bytes([(a + b) % _BYTE_VALUES for a, b in zip(first, second, strict=True)])
