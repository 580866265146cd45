from pathlib import Path

import pytest

from pipeline.images.firmware_image import ImageFormat
from pipeline.images.reader import read_image

IMAGES = Path(__file__).parents[3] / "sample_firmware" / "images"
ELF_FILES = sorted(IMAGES.glob("*.elf"))


def test_sample_images_are_committed() -> None:
    assert len(ELF_FILES) >= 7, f"{IMAGES}: seven versions of the sample firmware belong here"


@pytest.mark.parametrize("elf_path", ELF_FILES, ids=lambda path: path.stem)
def test_bin_hex_and_elf_of_a_sample_are_one_image(elf_path: Path) -> None:
    from_elf = read_image(elf_path)
    from_hex = read_image(elf_path.with_suffix(".hex"))
    from_bin = read_image(elf_path.with_suffix(".bin"))

    assert from_hex.load_address == from_elf.load_address
    assert from_hex.data == from_elf.data
    assert from_bin.data == from_elf.data
    assert from_bin.load_address is None


@pytest.mark.parametrize("elf_path", ELF_FILES, ids=lambda path: path.stem)
def test_the_elf_of_a_sample_names_its_code(elf_path: Path) -> None:
    image = read_image(elf_path)
    start, end = image.load_address or 0, (image.load_address or 0) + image.size

    assert image.source_format is ImageFormat.ELF
    assert all(start <= s.load_address and s.load_address + s.size <= end for s in image.sections)
    assert sum(section.size for section in image.sections if section.executable) > 24_000
    assert any(symbol.name == "main" and symbol.is_function for symbol in image.symbols)
