"""ELF: the bytes that a programmer would write to flash, and the names that the linker knew.

Source: "System V Application Binary Interface" (gABI), chapters 4 and 5.

The image is made of the allocated sections that have bytes, each at the *physical* address that its
load segment gives it: initialised data lies behind the code, where start-up code copies it from,
and not in RAM. These are the bytes that `objcopy --gap-fill 0xff` writes, so the `.bin`, the `.hex`
and the `.elf` of one build give one image. A segment in which no section lies is taken whole,
unless all it holds is the ELF header.

Every table is known to lie within the file before `pyelftools` decodes it, so neither time nor
memory depend on a number that the file merely states.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final, NamedTuple

from elftools.common.exceptions import ELFError
from elftools.common.utils import struct_parse
from elftools.construct import Construct, Container
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from pipeline.images.assembly import Run
from pipeline.images.elf_symbols import NameTable, SymbolLayout, read_symbols
from pipeline.images.elf_toolchain import SECTIONS, toolchain_of
from pipeline.images.errors import UnusableImage
from pipeline.images.firmware_image import UNKNOWN_TOOLCHAIN, Section, Symbol, Toolchain

MAGIC: Final = b"\x7fELF"
# Firmware has fewer than 20 segments; each section is compared with each of them.
_MAX_SEGMENTS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class ElfContents:
    """What an ELF file says about its image."""

    runs: tuple[Run, ...]
    sections: tuple[Section, ...]
    """Those with bytes in the image, by load address."""
    symbols: tuple[Symbol, ...]
    """Functions and objects, by address."""
    toolchain: Toolchain = UNKNOWN_TOOLCHAIN


class _Segment(NamedTuple):
    offset: int
    size: int
    virtual_address: int
    physical_address: int

    def load_address(self, file_offset: int) -> int:
        """Return the address that the byte at `file_offset` is written to."""
        return self.physical_address + file_offset - self.offset


class _Header(NamedTuple):
    """A section header, as far as it matters here."""

    name_offset: int
    kind: str | int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    entry_bytes: int

    def has_bytes(self) -> bool:
        """Whether the section is part of the program and the file holds its contents."""
        return (
            bool(self.flags & SH_FLAGS.SHF_ALLOC)
            and self.size > 0
            and self.kind not in ("SHT_NOBITS", "SHT_NULL")
        )

    def home_among(self, segments: list[_Segment]) -> _Segment | None:
        """Return the segment that loads this section: it has the same bytes at the same address."""
        for segment in segments:
            inner_offset = self.offset - segment.offset
            if (
                0 <= inner_offset <= segment.size - self.size
                and inner_offset == self.address - segment.virtual_address
            ):
                return segment
        return None


def read_elf(data: bytes) -> ElfContents:
    """Read a linked ELF file, 32 or 64 bit, of either byte order.

    Raises:
        UnusableImage: it is not linked, or it is damaged.
    """
    elf = _open(data)
    segments = list(_load_segments(elf))
    headers = list(_section_headers(elf))
    names = _name_table(data, headers, elf["e_shstrndx"])
    loaded = [
        (header, segment)
        for header in headers
        if header.has_bytes() and (segment := header.home_among(segments)) is not None
    ]
    sections = [_section(*pair, names.name_at(pair[0].name_offset)) for pair in loaded]
    return ElfContents(
        runs=tuple(_runs(data, segments, loaded, is_stripped=not headers)),
        sections=tuple(sorted(sections, key=lambda section: section.load_address)),
        symbols=_symbols(data, elf, headers),
        toolchain=toolchain_of(_notes(data, headers, names)),
    )


def _open(data: bytes) -> ELFFile:
    try:
        elf = ELFFile(BytesIO(data))
    except ELFError as problem:
        raise UnusableImage(f"is a damaged ELF file: {problem}") from problem
    if elf["e_type"] == "ET_REL":
        raise UnusableImage("is an object file: give the linked ELF file")
    if elf["e_type"] not in ("ET_EXEC", "ET_DYN"):
        raise UnusableImage("is an ELF file that is not executable: give the linked firmware")
    return elf


def _load_segments(elf: ELFFile) -> Iterator[_Segment]:
    if elf["e_phnum"] > _MAX_SEGMENTS:
        raise UnusableImage(f"has {elf['e_phnum']} ELF segments, {_MAX_SEGMENTS} are supported")
    place = (elf["e_phoff"], elf["e_phnum"], elf["e_phentsize"])
    for header in _table(elf, elf.structs.Elf_Phdr, "program header", *place):
        if header["p_type"] == "PT_LOAD" and header["p_filesz"]:
            yield _Segment(
                header["p_offset"], header["p_filesz"], header["p_vaddr"], header["p_paddr"]
            )


def _section_headers(elf: ELFFile) -> Iterator[_Header]:
    place = (elf["e_shoff"], elf["e_shnum"], elf["e_shentsize"])
    for header in _table(elf, elf.structs.Elf_Shdr, "section header", *place):
        yield _Header(
            name_offset=header["sh_name"],
            kind=header["sh_type"],
            flags=header["sh_flags"],
            address=header["sh_addr"],
            offset=header["sh_offset"],
            size=header["sh_size"],
            link=header["sh_link"],
            entry_bytes=header["sh_entsize"],
        )


def _table(
    elf: ELFFile, layout: Construct, what: str, offset: int, count: int, entry_bytes: int
) -> Iterator[Container]:
    fits = entry_bytes >= layout.sizeof() and offset + count * entry_bytes <= elf.stream_len
    if count and not fits:
        raise UnusableImage(f"has no room for its {what} table: it was cut off, copy it again")
    for index in range(count):
        yield struct_parse(layout, elf.stream, offset + index * entry_bytes)


def _runs(
    data: bytes,
    segments: list[_Segment],
    loaded: list[tuple[_Header, _Segment]],
    *,
    is_stripped: bool,
) -> list[Run]:
    runs = [
        Run(segment.load_address(header.offset), _cut(data, header.offset, header.size))
        for header, segment in loaded
    ]
    with_sections = {segment for _, segment in loaded}
    runs += [
        Run(segment.physical_address, _cut(data, segment.offset, segment.size))
        for segment in segments
        if segment not in with_sections and (segment.offset > 0 or is_stripped)
    ]
    if sum(len(run.data) for run in runs) > len(data):
        raise UnusableImage("uses the same bytes for several sections: it is damaged")
    return runs


def _section(header: _Header, segment: _Segment, name: str) -> Section:
    return Section(
        name=name,
        address=header.address,
        load_address=segment.load_address(header.offset),
        size=header.size,
        executable=bool(header.flags & SH_FLAGS.SHF_EXECINSTR),
    )


def _notes(data: bytes, headers: list[_Header], names: NameTable) -> dict[str, bytes]:
    """Return the sections that say how the file was built; compressed ones are left out."""
    found = {}
    for header in headers:
        name = names.name_at(header.name_offset)
        is_plain = header.kind != "SHT_NOBITS" and not header.flags & SH_FLAGS.SHF_COMPRESSED
        if name in SECTIONS and is_plain and header.offset + header.size <= len(data):
            found[name] = data[header.offset : header.offset + header.size]
    return found


def _symbols(data: bytes, elf: ELFFile, headers: list[_Header]) -> tuple[Symbol, ...]:
    table = next((header for header in headers if header.kind == "SHT_SYMTAB"), None)
    if table is None:
        return ()
    layout = SymbolLayout(
        is_64_bit=elf.elfclass == 64,  # noqa: PLR2004 (bits)
        little_endian=elf.little_endian,
        thumb_bit=elf["e_machine"] == "EM_ARM",
    )
    return read_symbols(
        _cut(data, table.offset, table.size), _name_table(data, headers, table.link), layout
    )


def _name_table(data: bytes, headers: list[_Header], index: int) -> NameTable:
    if not 0 < index < len(headers):  # 0 is SHN_UNDEF: there is none
        return NameTable(b"")
    return NameTable(bytes(_cut(data, headers[index].offset, headers[index].size)))


def _cut(data: bytes, offset: int, size: int) -> memoryview:
    if offset + size > len(data):
        raise UnusableImage(
            f"ends at {len(data)} bytes, before what its tables name: it was cut off, copy it again"
        )
    return memoryview(data)[offset : offset + size]
