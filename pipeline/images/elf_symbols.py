"""The symbol table of an ELF file: which function or object lies where.

Sources: gABI, chapter 4, "Symbol Table" and "String Table"; "ELF for the Arm Architecture"
(AAELF32), 5.5.3 for the Thumb bit and 5.5.5 for mapping symbols.

`pyelftools` decodes a symbol in some 20 microseconds; firmware has up to 100 000 of them. They are
decoded here with `struct`.
"""

from dataclasses import dataclass
from struct import Struct
from typing import Final

from pipeline.images.errors import UnusableImage
from pipeline.images.firmware_image import Symbol

_STT_OBJECT: Final = 1
_STT_FUNC: Final = 2
_SHN_UNDEF: Final = 0
# Names may share their ends ("b" within "a_b"), so all names together can be longer than their
# table, in practice by less than half.
_MAX_NAME_EXPANSION: Final = 4
# Linux itself has fewer than 200 000.
_MAX_SYMBOLS: Final = 1_000_000


class NameTable:
    """A string table; never gives out many more characters than it has bytes."""

    def __init__(self, table: bytes) -> None:
        self._table = table
        self._remaining_bytes = _MAX_NAME_EXPANSION * len(table)

    def name_at(self, offset: int) -> str:
        """Return the name that starts at `offset`; an empty table has empty names.

        Raises:
            UnusableImage: the name is not within the table.
        """
        if not self._table:
            return ""
        end = self._table.find(b"\0", offset)
        self._remaining_bytes -= max(0, end - offset)
        if end < 0 or self._remaining_bytes < 0:
            raise UnusableImage("has names outside its string table: it is damaged")
        return self._table[offset:end].decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolLayout:
    """What the ELF header says about how to read a symbol."""

    is_64_bit: bool
    little_endian: bool
    thumb_bit: bool
    """Whether bit 0 of a function's address tells the instruction set."""

    @property
    def entry(self) -> Struct:
        """One entry: 32 bit files name, value, size, info; 64 bit files name, info, value, size."""
        order = "<" if self.little_endian else ">"
        return Struct(order + ("IBxHQQ" if self.is_64_bit else "IIIBxH"))


def read_symbols(table: memoryview, names: NameTable, layout: SymbolLayout) -> tuple[Symbol, ...]:
    """Return the defined functions and objects of a symbol table, by address.

    Arm's mapping symbols (`$t`, `$d`, ...) have no type and so are left out with labels, sections
    and files. Bit 0 of Thumb functions is cleared: `Symbol.address` is that of the first byte.

    Raises:
        UnusableImage: the table is damaged.
    """
    entry = layout.entry
    if len(table) % entry.size or len(table) // entry.size > _MAX_SYMBOLS:
        raise UnusableImage(f"has a symbol table of {len(table)} bytes: it is damaged")
    symbols = set()
    for fields in entry.iter_unpack(table):
        if layout.is_64_bit:
            name_offset, info, section_index, value, size = fields
        else:
            name_offset, value, size, info, section_index = fields
        kind = info & 0xF
        if kind not in (_STT_FUNC, _STT_OBJECT) or section_index == _SHN_UNDEF:
            continue
        is_function = kind == _STT_FUNC
        address = value & ~1 if is_function and layout.thumb_bit else value
        name = names.name_at(name_offset)
        symbols.add(Symbol(name=name, address=address, size=size, is_function=is_function))
    return tuple(sorted(symbols, key=lambda s: (s.address, s.name, s.size, s.is_function)))
