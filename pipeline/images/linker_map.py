"""The map file of GNU ld and LLVM-compatible linkers in its style: names for images without any.

Only the part below "Linker script and memory map" is read: output sections (at the line's start),
input sections (one blank before), and the symbols in them. An input section of its own, such as
`.text.main` of -ffunction-sections, has a size; other symbols reach to the next one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from pipeline.images.errors import UnusableImage
from pipeline.images.firmware_image import Section, Symbol

_BEGIN: Final = "Linker script and memory map"
_OUTPUT: Final = re.compile(
    r"^(\.[\w.$-]+)\s+0x([0-9a-fA-F]+)\s+0x([0-9a-fA-F]+)(?:\s+load address 0x([0-9a-fA-F]+))?"
)
_INPUT: Final = re.compile(r"^ (\.[\w.$-]+|COMMON)\s+0x([0-9a-fA-F]+)\s+0x([0-9a-fA-F]+)\s+\S")
_SYMBOL: Final = re.compile(r"^\s{8,}0x([0-9a-fA-F]+)\s+([A-Za-z_.$][\w.$]*)$")
_LONG_NAME: Final = re.compile(r"^ ?\.[\w.$-]+$")
_OWN_SECTION: Final = re.compile(r"^\.(?:text|rodata|data|srodata|sdata)\.(.+)$")
_CODE: Final = (".text", ".init", ".fini", ".vectors", ".isr_vector", ".iram")
_NO_BYTES: Final = (
    ".bss",
    ".noinit",
    ".heap",
    ".stack",
    ".sbss",
    ".debug",
    ".comment",
    ".ARM.attr",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapContents:
    """What a map file says."""

    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]


class _Piece(NamedTuple):
    name: str
    address: int
    size: int


def read_map(text: str) -> MapContents:
    """Read a map file.

    Raises:
        UnusableImage: it is not one, or names nothing.
    """
    if _BEGIN not in text:
        raise UnusableImage("is not a linker's map file: give the file of ld's -Map option")
    lines = list(_unwrapped(text[text.index(_BEGIN) :].splitlines()))
    sections = tuple(_sections(lines))
    symbols = tuple(_symbols(lines))
    if not sections or not symbols:
        raise UnusableImage("names no section or no symbol: give the map file of the whole link")
    return MapContents(sections=sections, symbols=symbols)


def _unwrapped(lines: list[str]) -> Iterator[str]:
    """Join a name that is too long for its column with the line that it was put on."""
    held = ""
    for line in lines:
        if _LONG_NAME.match(line):
            held = line
        elif held:
            yield f"{held} {line.strip()}"
            held = ""
        else:
            yield line


def _sections(lines: list[str]) -> Iterator[Section]:
    for line in lines:
        found = _OUTPUT.match(line)
        if found is None or found[1].startswith(_NO_BYTES) or int(found[3], 16) == 0:
            continue
        address = int(found[2], 16)
        yield Section(
            name=found[1],
            address=address,
            load_address=address if found[4] is None else int(found[4], 16),
            size=int(found[3], 16),
            executable=found[1].startswith(_CODE),
        )


def _symbols(lines: list[str]) -> Iterator[Symbol]:
    piece: _Piece | None = None
    names: list[tuple[int, str]] = []
    for line in lines:
        entered = _INPUT.match(line)
        named = _SYMBOL.match(line)
        if entered:
            if piece is not None:
                yield from _symbols_of(piece, names)
            piece = _Piece(entered[1], int(entered[2], 16), int(entered[3], 16))
            names = []
        elif named and piece is not None:
            names.append((int(named[1], 16), named[2]))
    if piece is not None:
        yield from _symbols_of(piece, names)


def _symbols_of(piece: _Piece, names: list[tuple[int, str]]) -> Iterator[Symbol]:
    if piece.size == 0 or piece.name.startswith(_NO_BYTES) or piece.name == "COMMON":
        return
    is_function = piece.name.startswith(_CODE)
    end = piece.address + piece.size
    inside = sorted((address, name) for address, name in names if piece.address <= address < end)
    own = _OWN_SECTION.match(piece.name)
    if own is not None and len(inside) < 2:  # noqa: PLR2004 (a section for one symbol)
        name = inside[0][1] if inside else own[1]
        yield Symbol(name=name, address=piece.address, size=piece.size, is_function=is_function)
        return
    ends = [address for address, _ in inside[1:]] + [end]
    for (address, name), stop in zip(inside, ends, strict=True):
        yield Symbol(name=name, address=address, size=stop - address, is_function=is_function)
