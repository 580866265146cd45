"""From a byte of an image to the section and the function or object that it belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.images.firmware_image import FirmwareImage, Section, Symbol

NO_SYMBOL: Final = "(no symbol)"
NO_SECTION: Final = "(no section)"
PAGE_BYTES: Final = 4096
"""Images without symbols are told apart by pages of this size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedSymbol:
    """A function or object by its offset in the image."""

    name: str
    offset: int
    size: int
    is_function: bool
    section: str
    address: int

    @property
    def end(self) -> int:
        """Offset of the first byte behind it."""
        return self.offset + self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Section and symbol of every byte of an image."""

    image: FirmwareImage
    symbols: tuple[PlacedSymbol, ...]
    """By offset; of aliases one, and none that is within another."""
    section_names: tuple[str, ...]
    section_of: NDArray[np.int32] = field(repr=False)
    """By byte: index of `section_names`."""
    symbol_of: NDArray[np.int32] = field(repr=False)
    """By byte: index of `symbols`, or -1."""
    is_code: NDArray[np.bool_] = field(repr=False)
    """By byte: in a function, or in an executable section and in no object."""

    @property
    def has_names(self) -> bool:
        """Whether symbols are known."""
        return bool(self.symbols)

    def symbol_name(self, offset: int) -> str:
        """Return the name of the function or object at an offset; without symbols, its page."""
        index = int(self.symbol_of[offset])
        if index >= 0:
            return self.symbols[index].name
        if self.has_names:
            return NO_SYMBOL
        start = offset // PAGE_BYTES * PAGE_BYTES + (self.image.load_address or 0)
        return f"{start:#x}-{start + PAGE_BYTES:#x}"

    def address(self, offset: int) -> int:
        """Return where a byte lies in flash; its offset where the file does not say."""
        return offset + (self.image.load_address or 0)


def place(image: FirmwareImage) -> Places:
    """Find the place of every byte."""
    start = image.load_address or 0
    names = (NO_SECTION, *(section.name for section in image.sections))
    section_of = np.zeros(image.size, dtype=np.int32)
    is_code = np.zeros(image.size, dtype=np.bool_)
    for index, section in enumerate(image.sections, 1):
        covered = slice(section.load_address - start, section.load_address - start + section.size)
        section_of[covered] = index
        is_code[covered] = section.executable
    symbols = _placed(image.symbols, image.sections, start)
    symbol_of = np.full(image.size, -1, dtype=np.int32)
    for index, symbol in enumerate(symbols):
        symbol_of[symbol.offset : symbol.end] = index
        is_code[symbol.offset : symbol.end] = symbol.is_function
    return Places(
        image=image,
        symbols=symbols,
        section_names=names,
        section_of=section_of,
        symbol_of=symbol_of,
        is_code=is_code,
    )


def _placed(
    symbols: Sequence[Symbol], sections: Sequence[Section], start: int
) -> tuple[PlacedSymbol, ...]:
    found: dict[int, PlacedSymbol] = {}
    for symbol in symbols:
        section = next(
            (s for s in sections if s.address <= symbol.address < s.address + s.size), None
        )
        if section is None or symbol.size == 0:
            continue
        size = min(symbol.size, section.address + section.size - symbol.address)
        offset = section.load_address - start + symbol.address - section.address
        known = found.get(offset)
        if known is None or (size, symbol.name) > (known.size, known.name):
            found[offset] = PlacedSymbol(
                name=symbol.name,
                offset=offset,
                size=size,
                is_function=symbol.is_function,
                section=section.name,
                address=symbol.address,
            )
    outermost: list[PlacedSymbol] = []
    for offset in sorted(found):
        if not outermost or found[offset].end > outermost[-1].end:
            outermost.append(found[offset])
    return tuple(outermost)
