from dataclasses import replace

import pytest

from pipeline.images.elf import read_elf
from pipeline.images.errors import UnusableImage
from pipeline.images.firmware_image import Section, Symbol
from pipeline.images.reader import parse_image
from tests.pipeline.images import tiny_elf
from tests.pipeline.images.tiny_elf import ElfWriter, TinySection, TinySymbol

TEXT = TinySection(name=".text", address=0x0800_0000, data=b"code" * 8)
DATA = TinySection(
    name=".data",
    address=0x2000_0000,
    load_address=0x0800_0020,
    data=b"values",
    flags=tiny_elf.ALLOC,
)
BSS = TinySection(name=".bss", address=0x2000_0010, data=bytes(64), kind=tiny_elf.NOBITS)
DEBUG = TinySection(name=".debug_info", address=0, data=b"debug", flags=0, has_segment=False)
SH_NAME, SH_ADDR, SH_OFFSET, SH_SIZE = 0, 12, 16, 20
"""Where the fields are in a section header of 32 bit files."""
KINDS = [ElfWriter(bits=bits, order=order) for bits in (32, 64) for order in "<>"]


def patched(elf: bytes, offset: int, value: int) -> bytes:
    return elf[:offset] + value.to_bytes(4, "little") + elf[offset + 4 :]


def section_field(elf: bytes, index: int, field: int) -> int:
    return int.from_bytes(elf[32:36], "little") + 40 * index + field


@pytest.mark.parametrize("writer", KINDS)
def test_initialised_data_lies_at_its_load_address(writer: ElfWriter) -> None:
    image = parse_image("image.elf", writer.build([TEXT, DATA, BSS, DEBUG]))

    assert image.load_address == 0x0800_0000
    assert image.data == TEXT.data + DATA.data


@pytest.mark.parametrize("writer", KINDS)
def test_sections_with_bytes_are_listed_where_they_run_and_where_they_load(
    writer: ElfWriter,
) -> None:
    image = parse_image("image.elf", writer.build([DATA, TEXT, BSS, DEBUG]))

    assert image.sections == (
        Section(
            name=".text", address=0x0800_0000, load_address=0x0800_0000, size=32, executable=True
        ),
        Section(
            name=".data", address=0x2000_0000, load_address=0x0800_0020, size=6, executable=False
        ),
    )


@pytest.mark.parametrize("writer", KINDS)
def test_functions_and_objects_are_listed_and_nothing_else(writer: ElfWriter) -> None:
    symbols = [
        TinySymbol(name="main", value=0x0800_0011, size=12),
        TinySymbol(name="settings", value=0x2000_0001, size=4, kind=tiny_elf.OBJECT),
        TinySymbol(name="_start", value=0x0800_0000, size=0),
        TinySymbol(name="$t", value=0x0800_0000, kind=tiny_elf.NOTYPE),
        TinySymbol(name="printf", value=0, section_index=0),
        TinySymbol(name="main.c", value=0, kind=4, section_index=0xFFF1),
    ]

    image = parse_image("image.elf", writer.build([TEXT, DATA], symbols))

    assert image.symbols == (
        Symbol(name="_start", address=0x0800_0000, size=0, is_function=True),
        Symbol(name="main", address=0x0800_0010, size=12, is_function=True),
        Symbol(name="settings", address=0x2000_0001, size=4, is_function=False),
    )


def test_the_lowest_bit_of_an_address_is_only_a_mark_on_arm() -> None:
    writer = ElfWriter(machine=tiny_elf.EM_RISCV)

    image = parse_image("image.elf", writer.build([TEXT], [TinySymbol(name="f", value=0x11)]))

    assert image.symbols[0].address == 0x11


def test_without_section_headers_segments_are_taken_whole() -> None:
    writer = ElfWriter(with_section_headers=False)

    image = parse_image("image.elf", writer.build([TEXT, DATA]))

    assert image.data == TEXT.data + DATA.data
    assert image.sections == ()
    assert image.symbols == ()


def test_a_segment_that_only_maps_the_elf_header_is_left_out() -> None:
    # As linkers write it that count the headers to the first page.
    elf = bytearray(ElfWriter().build([TEXT, TinySection(name=".x", address=0x8000, data=b"x")]))
    second_program_header = 52 + 32
    elf[second_program_header + 4 : second_program_header + 8] = bytes(4)  # p_offset

    image = parse_image("image.elf", bytes(elf))

    assert image.data == TEXT.data


def test_without_section_headers_a_segment_that_begins_with_the_elf_header_is_kept() -> None:
    # What of it is code nobody can tell any more, so nothing is left out.
    elf = bytearray(ElfWriter(with_section_headers=False).build([TEXT]))
    elf[52 + 4 : 52 + 8] = bytes(4)  # p_offset

    assert parse_image("image.elf", bytes(elf)).data == bytes(elf[: len(TEXT.data)])


def test_padding_of_a_segment_around_its_sections_is_left_out() -> None:
    # One segment of 24 bytes over two sections of 8: a page-aligned linker script.
    whole = TinySection(name=".all", address=0x100, data=b"AAAAAAAA--------BBBBBBBB", flags=0)
    first = TinySection(name=".a", address=0x100, data=b"AAAAAAAA", has_segment=False)
    second = TinySection(name=".b", address=0x110, data=b"BBBBBBBB", has_segment=False)
    elf = ElfWriter().build([whole, first, second])
    elf = patched(elf, section_field(elf, 2, SH_OFFSET), 52 + 32)
    elf = patched(elf, section_field(elf, 3, SH_OFFSET), 52 + 32 + 16)

    image = parse_image("image.elf", elf)

    assert image.data == b"AAAAAAAA" + b"\xff" * 8 + b"BBBBBBBB"


def test_a_section_without_bytes_takes_none_from_the_segment_it_lies_in() -> None:
    whole = TinySection(name=".all", address=0x100, data=b"AAAAAAAA--------", flags=0)
    first = TinySection(name=".a", address=0x100, data=b"AAAAAAAA", has_segment=False)
    empty = replace(BSS, address=0x108, data=bytes(8), has_segment=False)
    elf = ElfWriter().build([whole, first, empty])
    elf = patched(elf, section_field(elf, 2, SH_OFFSET), 52 + 32)
    elf = patched(elf, section_field(elf, 3, SH_OFFSET), 52 + 32 + 8)

    assert parse_image("image.elf", elf).data == b"AAAAAAAA"


def test_a_section_is_not_placed_by_a_segment_for_another_address() -> None:
    elf = ElfWriter().build([TEXT])

    image = parse_image("image.elf", patched(elf, section_field(elf, 1, SH_ADDR), 0x0900_0000))

    assert image.sections == ()
    assert (image.load_address, image.data) == (TEXT.address, TEXT.data)


def test_regions_far_apart_are_named() -> None:
    ram_code = TinySection(name=".ramfunc", address=0x2000_0000, data=b"fast")

    with pytest.raises(
        UnusableImage, match=r"2 separate regions \(0x8000000-0x8000020, 0x20000000-0x20000004\)"
    ):
        parse_image("image.elf", ElfWriter().build([TEXT, ram_code]))


@pytest.mark.parametrize(
    ("elf", "message"),
    [
        (ElfWriter(elf_type=tiny_elf.ET_REL).build([TEXT]), "is an object file: give the linked"),
        (ElfWriter(elf_type=tiny_elf.ET_CORE).build([TEXT]), "is an ELF file that is not exe"),
        (ElfWriter().build([TEXT])[:40], "is a damaged ELF file"),
        (ElfWriter().build([TEXT])[:60], "has no room for its program header table"),
        (ElfWriter().build([TEXT])[:-1], "has no room for its section header table"),
        (b"\x7fELF\x03" + bytes(60), "is a damaged ELF file"),
        (ElfWriter().build([TEXT] * 257), "has 257 ELF segments, 256 are supported"),
        (ElfWriter().build([DEBUG, BSS]), "holds no bytes to write to flash"),
    ],
)
def test_what_is_no_firmware_is_refused(elf: bytes, message: str) -> None:
    with pytest.raises(UnusableImage, match=message):
        parse_image("image.elf", elf)


def test_a_section_that_no_segment_loads_adds_no_bytes() -> None:
    orphan = TinySection(name=".orphan", address=0x0800_0020, data=b"x", has_segment=False)

    assert parse_image("image.elf", ElfWriter().build([TEXT, orphan])).data == TEXT.data


def test_a_file_without_section_names_is_read_all_the_same() -> None:
    elf = bytearray(ElfWriter().build([TEXT]))
    elf[50:52] = bytes(2)  # e_shstrndx: SHN_UNDEF

    image = parse_image("image.elf", bytes(elf))

    assert image.data == TEXT.data
    assert [section.name for section in image.sections] == [""]


@pytest.mark.parametrize(
    ("header_index", "field", "value", "message"),
    [
        pytest.param(2, SH_SIZE, 1 << 20, "was cut off", id="a symbol table beyond the file"),
        pytest.param(2, SH_SIZE, 15, "symbol table of 15 bytes", id="a torn symbol table"),
        pytest.param(3, SH_SIZE, 1 << 20, "was cut off", id="a string table beyond the file"),
        pytest.param(3, SH_SIZE, 3, "names outside its string table", id="a name cut off"),
        pytest.param(
            1, SH_NAME, 1 << 20, "names outside its string table", id="a section name outside"
        ),
    ],
)
def test_tables_that_lie_are_refused(
    header_index: int, field: int, value: int, message: str
) -> None:
    elf = ElfWriter().build([TEXT], [TinySymbol(name="main", value=0)])

    with pytest.raises(UnusableImage, match=message):
        parse_image("image.elf", patched(elf, section_field(elf, header_index, field), value))


def test_sections_that_share_the_same_bytes_cannot_multiply_them() -> None:
    sections = [TinySection(name=".a", address=0x1000, data=bytes(4096))]
    sections += [TinySection(name=".b", address=0x2000, data=b"")] * 20
    elf = bytearray(ElfWriter().build(sections))
    table_offset = int.from_bytes(elf[32:36], "little")
    for table, entry_bytes in ((52, 32), (table_offset + 40, 40)):
        for index in range(1, len(sections)):
            here = table + index * entry_bytes
            elf[here : here + entry_bytes] = elf[table : table + entry_bytes]

    with pytest.raises(UnusableImage, match="uses the same bytes for several sections"):
        read_elf(bytes(elf))


def test_names_that_share_one_long_string_cannot_fill_the_memory() -> None:
    symbols = [TinySymbol(name="n" * 2000, value=1)]
    symbols += [TinySymbol(name="", value=i) for i in range(2, 2000)]
    elf = bytearray(ElfWriter().build([TEXT], symbols))
    table_offset = int.from_bytes(elf[32:36], "little")
    symtab = int.from_bytes(elf[table_offset + 80 + 16 : table_offset + 80 + 20], "little")
    for index in range(1, len(symbols) + 1):
        elf[symtab + 16 * index : symtab + 16 * index + 4] = b"\1\0\0\0"

    with pytest.raises(UnusableImage, match="names outside its string table"):
        read_elf(bytes(elf))
