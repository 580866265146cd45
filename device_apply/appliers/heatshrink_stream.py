"""A heatshrink stream behind one byte that says its window and look-ahead bits.

The byte is detools' header: window bits minus 4 in the high half, look-ahead bits minus 3 in the
low one. The stream is bits, most significant first: 1 and a literal byte, or 0, a distance minus
one in window bits and a length minus one in look-ahead bits; zero bits fill the last byte.

The window starts as zeros, by definition of heatshrink: its encoder does refer to bytes "before"
the first one, its decoder clears the buffer first. So a reference never reads stale memory, and
none can point outside the window because the field has just its width.
"""

from dataclasses import dataclass
from typing import Final, Self

from device_apply.appliers.byte_stream import PIECE_BYTES
from device_apply.appliers.sources import SourceReader
from device_apply.errors import FormatError

# heatshrink_common.h: HEATSHRINK_MIN_WINDOW_BITS, _MAX_WINDOW_BITS, _MIN_LOOKAHEAD_BITS
_MIN_WINDOW_BITS: Final = 4
_MAX_WINDOW_BITS: Final = 15
_MIN_LOOKAHEAD_BITS: Final = 3

_LITERAL_BITS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatshrinkHeader:
    """The byte in front of a heatshrink stream."""

    window_bits: int
    lookahead_bits: int

    @classmethod
    def from_byte(cls, byte: int) -> Self:
        """Decode the byte.

        Raises:
            device_apply.errors.FormatError: no heatshrink decoder has these settings.
        """
        window_bits = (byte >> 4) + _MIN_WINDOW_BITS
        lookahead_bits = (byte & 0xF) + _MIN_LOOKAHEAD_BITS
        if window_bits > _MAX_WINDOW_BITS or lookahead_bits >= window_bits:
            raise FormatError(
                f"heatshrink window of {window_bits} bits and look-ahead of {lookahead_bits} bits "
                "are out of range"
            )
        return cls(window_bits=window_bits, lookahead_bits=lookahead_bits)

    def to_byte(self) -> int:
        """Encode; `from_byte(h.to_byte()) == h` for every valid header."""
        window_field = self.window_bits - _MIN_WINDOW_BITS
        return window_field << 4 | (self.lookahead_bits - _MIN_LOOKAHEAD_BITS)

    @property
    def window_bytes(self) -> int:
        """Bytes of output that the decoder has to remember."""
        return 1 << self.window_bits


def peek_heatshrink_header(encoded: SourceReader) -> HeatshrinkHeader:
    """Decode the header ahead without moving the reader.

    Raises:
        device_apply.errors.FormatError: there is no valid one.
    """
    data = encoded.peek(1)
    if not data:
        raise FormatError("heatshrink header is missing")
    return HeatshrinkHeader.from_byte(data[0])


class HeatshrinkStream:
    """Bytes that a heatshrink stream stands for."""

    __slots__ = ("_bit_count", "_bits", "_encoded", "_header", "_history", "_input", "_unread")

    def __init__(self, encoded: SourceReader) -> None:
        """Decode what `encoded` has left.

        Raises:
            device_apply.errors.FormatError: the header is malformed.
        """
        self._header = peek_heatshrink_header(encoded)
        encoded.read(1)
        self._encoded = encoded
        self._input = iter(b"")
        self._bits = 0
        self._bit_count = 0
        self._history = bytearray(self._header.window_bytes)
        self._unread = 0  # bytes at the end of the history that were not handed out yet

    def read(self, size: int) -> bytes:
        """Return exactly the next `size` bytes.

        Raises:
            device_apply.errors.FormatError: the stream ends first.
        """
        while self._unread < size:
            self._decode_token()
        start = len(self._history) - self._unread
        data = bytes(self._history[start : start + size])
        self._unread -= size
        # What is unread is shorter than the window, as the look-ahead is.
        if len(self._history) > self._header.window_bytes + PIECE_BYTES:
            del self._history[: -self._header.window_bytes]
        return data

    def finish(self) -> None:
        """Check that only the zero bits that fill the last byte are left.

        Raises:
            device_apply.errors.FormatError: there is more.
        """
        if self._unread or next(self._input, None) is not None or self._encoded.remaining:
            raise FormatError("heatshrink stream goes on after the end of the new image")
        if self._bits:
            raise FormatError("heatshrink stream is not filled up with zero bits")

    def _decode_token(self) -> None:
        if self._take_bits(1):
            self._history.append(self._take_bits(_LITERAL_BITS))
            self._unread += 1
            return
        distance = self._take_bits(self._header.window_bits) + 1
        length = self._take_bits(self._header.lookahead_bits) + 1
        start = len(self._history) - distance
        period = self._history[start : start + length]
        # A reference may reach into what it writes itself: then its bytes repeat.
        self._history += (period * (length // len(period) + 1))[:length]
        self._unread += length

    def _take_bits(self, count: int) -> int:
        while self._bit_count < count:
            self._bits = self._bits << 8 | self._next_byte()
            self._bit_count += 8
        self._bit_count -= count
        value = self._bits >> self._bit_count
        self._bits &= (1 << self._bit_count) - 1
        return value

    def _next_byte(self) -> int:
        byte = next(self._input, None)
        if byte is None:
            self._input = iter(self._encoded.read_up_to(PIECE_BYTES))
            byte = next(self._input, None)
            if byte is None:
                raise FormatError("heatshrink stream is cut off")
        return byte
