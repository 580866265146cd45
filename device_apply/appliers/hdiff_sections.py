"""The sections of an `HDIFF13` patch: numbers, covers, and the run-length code of differences."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from device_apply.appliers.byte_stream import piece_sizes
from device_apply.appliers.sources import SourceReader
from device_apply.errors import FormatError

_NUMBER_BITS: Final = 63
_COVER_TAG_BITS: Final = 1
_RUN_TAG_BITS: Final = 2

# Kinds of runs, the tag of a control (HDiffPatch, TByteRleType).
_ZEROS: Final = 0
_ONES: Final = 1
_REPEATED: Final = 2


class _Readable(Protocol):
    def read(self, size: int) -> bytes: ...


def read_hdiff_number(stream: _Readable) -> int:
    """Read one number without a tag.

    Raises:
        device_apply.errors.FormatError: it is cut off, over 63 bits, or has leading zeros.
    """
    return _read_tagged(stream, 0)[1]


def _read_tagged(stream: _Readable, tag_bits: int) -> tuple[int, int]:
    """Read a number whose first byte carries a tag; return tag and number."""
    byte = stream.read(1)[0]
    tag = byte >> (8 - tag_bits)
    continues = 1 << (7 - tag_bits)
    value = byte & (continues - 1)
    more = byte & continues
    if more and not value:
        # A zero in front is right only if the next 7 bits do not fit beside the tag.
        byte = stream.read(1)[0]
        value, more = byte & 0x7F, byte & 0x80
        if value < continues:
            raise FormatError("HDIFF13 number is longer than it needs to be")
    while more:
        byte = stream.read(1)[0]
        value, more = value << 7 | byte & 0x7F, byte & 0x80
        if value >> _NUMBER_BITS:
            raise FormatError(f"HDIFF13 number has more than {_NUMBER_BITS} bits")
    return tag, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Literals, then a part of the base image that the new image covers."""

    literals: int
    """Bytes of the new image in front of the covered part."""
    distance: int
    """From the end of the last covered part of the base image to the start of this one."""
    size: int
    """Bytes covered."""


class CoverReader:
    """Decodes the covers."""

    __slots__ = ("_count", "_section")

    def __init__(self, section: SourceReader, count: int) -> None:
        """Decode `count` covers."""
        self._section = section
        self._count = count

    def __iter__(self) -> Iterator[Cover]:
        """Yield the covers in order; ends in `FormatError` if there are fewer than declared."""
        for _ in range(self._count):
            backwards, distance = _read_tagged(self._section, _COVER_TAG_BITS)
            yield Cover(
                distance=-distance if backwards else distance,
                literals=read_hdiff_number(self._section),
                size=read_hdiff_number(self._section),
            )

    def finish(self) -> None:
        """Check that nothing follows the covers.

        Raises:
            device_apply.errors.FormatError: something does.
        """
        self._section.finish()


class RunLengthDifferences:
    """The differences of all bytes of the new image, as a `ByteStream`.

    A control is a kind and a length minus one; a run of zeros or ones (0xFF) needs no byte, a
    repeated byte one, and other bytes as many as they are.
    """

    __slots__ = ("_bytes", "_controls", "_left", "_run_byte")

    def __init__(self, controls: SourceReader, run_bytes: SourceReader) -> None:
        """Decode from the two sections."""
        self._controls = controls
        self._bytes = run_bytes
        self._left = 0
        self._run_byte: bytes | None = None

    def read(self, size: int) -> bytes:
        """Return exactly the next `size` differences.

        Raises:
            device_apply.errors.FormatError: the code ends first.
        """
        data = bytearray()
        while len(data) < size:
            if not self._left:
                self._open_run()
            count = min(self._left, size - len(data))
            data += self._bytes.read(count) if self._run_byte is None else self._run_byte * count
            self._left -= count
        return bytes(data)

    def skip(self, size: int) -> None:
        """Pass over `size` differences.

        Raises:
            device_apply.errors.FormatError: the code ends first.
        """
        for piece in piece_sizes(size):
            self.read(piece)

    def finish(self) -> None:
        """Check that the code ends here.

        Raises:
            device_apply.errors.FormatError: something is left of it.
        """
        if self._left:
            raise FormatError(f"HDIFF13 run is {self._left} bytes longer than the new image")
        self._controls.finish()
        self._bytes.finish()

    def _open_run(self) -> None:
        kind, length_minus_one = _read_tagged(self._controls, _RUN_TAG_BITS)
        self._left = length_minus_one + 1
        if kind == _ZEROS:
            self._run_byte = b"\x00"
        elif kind == _ONES:
            self._run_byte = b"\xff"
        elif kind == _REPEATED:
            self._run_byte = self._bytes.read(1)
        else:
            self._run_byte = None
