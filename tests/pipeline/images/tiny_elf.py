"""A writer of small ELF files for tests: one load segment for each section with bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final

ALLOC: Final = 2
EXEC: Final = 4
PROGBITS: Final = 1
NOBITS: Final = 8
ET_REL: Final = 1
ET_EXEC: Final = 2
ET_CORE: Final = 4
EM_ARM: Final = 40
EM_RISCV: Final = 243
FUNC: Final = 2
OBJECT: Final = 1
NOTYPE: Final = 0


@dataclass(frozen=True, kw_only=True)
class TinySection:
    name: str
    address: int
    data: bytes
    load_address: int | None = None
    """Where its segment loads it; None: at `address`."""
    flags: int = ALLOC | EXEC
    kind: int = PROGBITS
    has_segment: bool = True


@dataclass(frozen=True, kw_only=True)
class TinySymbol:
    name: str
    value: int
    size: int = 4
    kind: int = FUNC
    section_index: int = 1


@dataclass(frozen=True, kw_only=True)
class ElfWriter:
    """Writes ELF files of one kind."""

    bits: int = 32
    order: str = "<"
    machine: int = EM_ARM
    elf_type: int = ET_EXEC
    with_section_headers: bool = True

    def build(self, sections: Sequence[TinySection], symbols: Sequence[TinySymbol] = ()) -> bytes:
        """Lay out: ELF header, program headers, contents, section headers."""
        loaded = [s for s in sections if s.has_segment]
        offset = self._ehdr.size + len(loaded) * self._phdr.size
        offsets = []
        contents = b""
        for section in sections:
            offsets.append(offset + len(contents))
            contents += b"" if section.kind == NOBITS else section.data
        strtab, symtab = self._symbol_tables(symbols)
        symtab_offset = offset + len(contents)
        strtab_offset = symtab_offset + len(symtab)
        names = b"\0" + b"".join(s.name.encode() + b"\0" for s in sections)
        name_offsets = [names.index(s.name.encode() + b"\0") for s in sections]
        shstrtab_offset = strtab_offset + len(strtab)
        headers = [self._section_header(0, 0, 0, 0, 0, 0, 0)]
        for section, name, start in zip(sections, name_offsets, offsets, strict=True):
            place = (section.address, start, len(section.data))
            headers.append(self._section_header(name, section.kind, section.flags, *place, 0))
        count = len(headers)
        headers.append(self._section_header(0, 2, 0, 0, symtab_offset, len(symtab), count + 1))
        headers.append(self._section_header(0, 3, 0, 0, strtab_offset, len(strtab), 0))
        headers.append(self._section_header(0, 3, 0, 0, shstrtab_offset, len(names), 0))
        table = b"".join(headers) if self.with_section_headers else b""
        table_offset = shstrtab_offset + len(names) if table else 0
        return (
            self._elf_header(len(loaded), table_offset, len(headers) if table else 0)
            + b"".join(
                self._program_header(section, start)
                for section, start in zip(sections, offsets, strict=True)
                if section.has_segment
            )
            + contents
            + symtab
            + strtab
            + names
            + table
        )

    @property
    def _ehdr(self) -> Struct:
        word = "I" if self.bits == 32 else "Q"
        return Struct(f"{self.order}4s4B8xHHI3{word}I6H")

    @property
    def _phdr(self) -> Struct:
        return Struct(self.order + ("8I" if self.bits == 32 else "2I6Q"))

    def _elf_header(self, segments: int, table_offset: int, headers: int) -> bytes:
        shdr_bytes = 40 if self.bits == 32 else 64
        ident = (b"\x7fELF", self.bits // 32, 1 if self.order == "<" else 2, 1, 0)
        sizes = (self._ehdr.size, self._phdr.size, segments, shdr_bytes, headers)
        names_index = max(0, headers - 1)
        places = (0, self._ehdr.size, table_offset)
        return self._ehdr.pack(
            *ident, self.elf_type, self.machine, 1, *places, 0, *sizes, names_index
        )

    def _program_header(self, section: TinySection, offset: int) -> bytes:
        load = section.address if section.load_address is None else section.load_address
        size = 0 if section.kind == NOBITS else len(section.data)
        if self.bits == 32:
            return self._phdr.pack(1, offset, section.address, load, size, len(section.data), 5, 1)
        return self._phdr.pack(1, 5, offset, section.address, load, size, len(section.data), 1)

    def _section_header(  # noqa: PLR0913, PLR0917 (the fields of the format)
        self, name: int, kind: int, flags: int, address: int, offset: int, size: int, link: int
    ) -> bytes:
        layout = Struct(self.order + ("10I" if self.bits == 32 else "2I4Q2I2Q"))
        entry = (16 if self.bits == 32 else 24) if kind == 2 else 0
        return layout.pack(name, kind, flags, address, offset, size, link, 0, 1, entry)

    def _symbol_tables(self, symbols: Sequence[TinySymbol]) -> tuple[bytes, bytes]:
        strtab = b"\0"
        symtab = bytes(16 if self.bits == 32 else 24)
        for symbol in symbols:
            info = 16 | symbol.kind
            index = symbol.section_index
            if self.bits == 32:
                fields = (len(strtab), symbol.value, symbol.size, info, 0, index)
                symtab += Struct(self.order + "3I2BH").pack(*fields)
            else:
                wide = (len(strtab), info, 0, index, symbol.value, symbol.size)
                symtab += Struct(self.order + "I2BH2Q").pack(*wide)
            strtab += symbol.name.encode() + b"\0"
        return strtab, symtab
