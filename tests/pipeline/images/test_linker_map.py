"""Map files: the same names, addresses and sizes as the ELF file of the link."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.images.errors import UnusableImage
from pipeline.images.firmware_image import ImageFormat
from pipeline.images.linker_map import read_map
from pipeline.images.symbol_file import with_symbols
from tests.pipeline.explain.made_firmware import NEEDS_COMPILER, Build

MAP = """
Memory Configuration

Linker script and memory map

.text           0x08000000       0x60
 *(.text*)
 .text          0x08000000       0x30 start.o
                0x08000000                reset
                0x08000010                main
 .text.an_uncommonly_long_function_name
                0x08000030       0x20 filter.o
                0x08000030                an_uncommonly_long_function_name
 .rodata.table  0x08000050       0x10 filter.o

.data           0x20000000        0x8 load address 0x08000060
 .data.counter  0x20000000        0x8 main.o
                0x20000000                counter

.bss            0x20000008       0x40
 .bss.buffer    0x20000008       0x40 main.o
"""


def test_sections_symbols_and_load_addresses_are_read() -> None:
    contents = read_map(MAP)

    assert [(s.name, s.address, s.load_address, s.size) for s in contents.sections] == [
        (".text", 0x0800_0000, 0x0800_0000, 0x60),
        (".data", 0x2000_0000, 0x0800_0060, 8),
    ]
    assert [(s.name, s.address, s.size, s.is_function) for s in contents.symbols] == [
        ("reset", 0x0800_0000, 0x10, True),
        ("main", 0x0800_0010, 0x20, True),
        ("an_uncommonly_long_function_name", 0x0800_0030, 0x20, True),
        ("table", 0x0800_0050, 0x10, False),
        ("counter", 0x2000_0000, 8, False),
    ]


@pytest.mark.parametrize("text", ["", "int main() {}", "Linker script and memory map\n"])
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(UnusableImage, match="map file"):
        read_map(text)


@NEEDS_COMPILER
class TestOnARealLink:
    def test_a_map_says_what_the_elf_file_says(self, tmp_path: Path) -> None:
        image = Build().compile(tmp_path, "node")
        contents = read_map((tmp_path / "node.map").read_text())

        assert set(contents.symbols) == set(image.symbols)

    def test_a_signed_binary_gets_its_names_from_the_elf_file_inside_it(
        self, tmp_path: Path
    ) -> None:
        elf = Build().compile(tmp_path, "node")
        signed = replace(
            elf,
            data=bytes(512) + elf.data + bytes(40),
            load_address=None,
            source_format=ImageFormat.BINARY,
            symbols=(),
            sections=(),
        )

        named = with_symbols(signed, tmp_path / "node.elf")
        assert named.symbols == elf.symbols
        assert named.load_address == 0x0800_0000 - 512
        other = Build(optimisation="-O2").compile(tmp_path, "other")
        with pytest.raises(InputError, match="of another build"):
            with_symbols(signed, tmp_path / f"{Path(other.name).stem}.elf")

    def test_a_binary_gets_its_names_from_the_map_file(self, tmp_path: Path) -> None:
        elf = Build().compile(tmp_path, "node")
        binary = replace(elf, load_address=None, symbols=(), sections=())

        named = with_symbols(binary, tmp_path / "node.map")
        assert (named.symbols, named.load_address) == (elf.symbols, elf.load_address)
