"""The header of a patch and the addresses it states: sections 1 and 2."""

from dataclasses import dataclass, replace
from enum import IntEnum, unique
from typing import Final

from tests.reference_decoder.words import MASK32, ByteReader, MalformedPatchError

_VERSION: Final = 3
_MOST_SECTIONS: Final = 8
_ARCHITECTURES: Final = 8
_RAM_RANGES: Final = {
    0: (0, 0),
    1: (0x2000_0000, 0x8_0000),
    2: (0x3FFB_0000, 0x5_0000),
    3: (0x3FC8_0000, 0x6_0000),
    4: (0x80_0000, 0x1000),
}
_EXPLICIT_RAM: Final = 15


@unique
class Mode(IntEnum):
    """How the rest of the patch is encoded."""

    STORED = 0
    RUN_LENGTH = 1
    TINY = 2
    STANDARD = 3
    LARGE = 4


@dataclass(frozen=True, slots=True)
class Section:
    """A range of an image and the address it runs at."""

    offset: int
    address: int
    length: int

    def is_inside(self, image_bytes: int) -> bool:
        """Whether the image has the whole section."""
        return self.offset + self.length <= image_bytes


class AddressSpace:
    """The sections of one image."""

    def __init__(self, sections: tuple[Section, ...]) -> None:
        self._sections = sections

    def address_of(self, offset: int) -> int:
        """Return the address of an offset, inside or outside the sections."""
        section = self._section_for(offset)
        return (section.address + offset - section.offset) & MASK32

    def offset_of(self, address: int) -> int | None:
        """Return the offset that stands at an address, in the first section that has it."""
        for section in self._sections:
            within = (address - section.address) & MASK32
            if within < section.length:
                return section.offset + within
        return None

    def _section_for(self, offset: int) -> Section:
        for section in self._sections:
            if section.offset <= offset < section.offset + section.length:
                return section
        return self._sections[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Everything that precedes the coded bits of modes 2 to 4."""

    mode: Mode
    architecture: int
    learns_base: bool
    has_pointers: bool
    ram_start: int
    ram_bytes: int
    base: AddressSpace
    new: AddressSpace

    def is_in_ram(self, address: int) -> bool:
        """Whether a variable may be there."""
        return (address - self.ram_start) & MASK32 < self.ram_bytes


def read_mode(reader: ByteReader) -> Mode:
    """Read the first byte."""
    first = reader.byte()
    if first >> 4 != _VERSION or first & 15 > Mode.LARGE:
        raise MalformedPatchError("this is no patch of version 3")
    return Mode(first & 15)


def read_header(reader: ByteReader, mode: Mode, base_bytes: int, new_bytes: int) -> Header:
    """Read the rest of the header of modes 2 to 4."""
    kinds = reader.byte()
    if kinds & 15 >= _ARCHITECTURES or kinds & 0x20:
        raise MalformedPatchError("the header names an unknown architecture or sets bit 5")
    header = Header(
        mode=mode,
        architecture=kinds & 15,
        learns_base=bool(kinds & 0x10),
        has_pointers=bool(kinds & 0x80),
        ram_start=0,
        ram_bytes=0,
        base=AddressSpace((Section(0, 0, base_bytes),)),
        new=AddressSpace((Section(0, 0, new_bytes),)),
    )
    if kinds & 0x40:
        header = _with_layout(header, reader, base_bytes, new_bytes)
    return header


def _with_layout(header: Header, reader: ByteReader, base_bytes: int, new_bytes: int) -> Header:
    kinds = reader.byte()
    ram_start, ram_bytes = _read_ram_range(reader, kinds & 15)
    count = kinds >> 4
    if count > _MOST_SECTIONS:
        raise MalformedPatchError("the layout has too many sections")
    if count == 0:
        pairs = [_read_whole_images(reader, base_bytes, new_bytes)]
    else:
        pairs = [_read_section_pair(reader) for _ in range(count)]
    if not all(b.is_inside(base_bytes) and n.is_inside(new_bytes) for b, n in pairs):
        raise MalformedPatchError("a section reaches outside its image")
    return replace(
        header,
        ram_start=ram_start,
        ram_bytes=ram_bytes,
        base=AddressSpace(tuple(base for base, _ in pairs)),
        new=AddressSpace(tuple(new for _, new in pairs)),
    )


def _read_ram_range(reader: ByteReader, code: int) -> tuple[int, int]:
    if code == _EXPLICIT_RAM:
        return reader.number(), reader.number()
    if code not in _RAM_RANGES:
        raise MalformedPatchError("the layout names an unknown RAM range")
    return _RAM_RANGES[code]


def _read_whole_images(
    reader: ByteReader, base_bytes: int, new_bytes: int
) -> tuple[Section, Section]:
    packed = reader.number()
    base_address = (packed >> 1 << 8) & MASK32
    new_address = (reader.number() << 8) & MASK32 if packed & 1 else base_address
    return Section(0, base_address, base_bytes), Section(0, new_address, new_bytes)


def _read_section_pair(reader: ByteReader) -> tuple[Section, Section]:
    base = Section(reader.number(), reader.number(), reader.number())
    new = Section(
        (base.offset + reader.folded()) & MASK32,
        (base.address + reader.folded()) & MASK32,
        (base.length + reader.folded()) & MASK32,
    )
    return base, new
