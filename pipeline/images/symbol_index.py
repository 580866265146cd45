"""Finding the function or object that covers an address."""

from bisect import bisect_right
from collections.abc import Iterable

from pipeline.images.firmware_image import Symbol


class SymbolIndex:
    """The symbols of an image, ordered for look-up; symbols without a size cover nothing.

    Where several begin at one address (aliases) the longest stands for all. Where they are nested,
    the innermost beginning counts: an address behind an inner symbol's end is in no symbol.
    """

    def __init__(self, symbols: Iterable[Symbol]) -> None:
        longest: dict[int, Symbol] = {}
        for symbol in sorted(symbols, key=lambda s: (s.size, s.name)):
            if symbol.size > 0:
                longest[symbol.address] = symbol
        self._addresses = sorted(longest)
        self._symbols = [longest[address] for address in self._addresses]

    def covering(self, address: int) -> Symbol | None:
        """Return the symbol that the byte at `address` belongs to, if any."""
        position = bisect_right(self._addresses, address) - 1
        if position < 0:
            return None
        symbol = self._symbols[position]
        return symbol if address < symbol.address + symbol.size else None
