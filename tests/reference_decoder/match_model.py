"""What followed the last bytes when they occurred before. Section 9.4."""

from typing import Final

from tests.reference_decoder.words import slot

_LONGEST: Final = 63


class MatchModel:
    """A position in base image followed by new image, and how long it was right."""

    def __init__(self, table_bits: int) -> None:
        self._bits = table_bits
        self._table: dict[int, int] = {}
        self._position = 0
        self.length = 0

    def guess(self, seen: bytes | bytearray) -> int:
        """Return the next byte by the match; only with a length."""
        return seen[self._position] if self.length else 0

    def key(self, seen: bytes | bytearray) -> int:
        """Return the guess as a key of counters."""
        return self.guess(seen) | min(self.length, 31) << 8 if self.length else 0

    def advance(self, seen: bytes | bytearray, end: int, last: int) -> None:
        """Move on to `end`, behind the bytes `last`."""
        if not self._bits:
            return
        if self.length:
            if seen[self._position] == last & 255:
                self._position += 1
                self.length = min(self.length + 1, _LONGEST)
            else:
                self.length = 0
        place = slot(last, self._bits)
        if not self.length and place in self._table:
            self._position = self._table[place]
            self.length = 1
        self._table[place] = end
