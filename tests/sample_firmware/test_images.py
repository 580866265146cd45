"""What the committed images are, told by their files alone."""

import hashlib
import io
import json
import re
import struct
from pathlib import Path

import bincopy
import pytest
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from sample_firmware import available_images, image_path
from tests.sample_firmware.image_list import IMAGES, LINK_ADDRESSES

FOLDER = image_path("1.0.0").parent
LEAST_CODE_BYTES = 24 * 1024
SLOT_BYTES = 128 * 1024

each_image = pytest.mark.parametrize(("target", "version"), IMAGES)


def committed_digests() -> dict[str, str]:
    lines = (FOLDER / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def read_elf(target: str, version: str) -> ELFFile:
    return ELFFile(io.BytesIO(image_path(version, target, "elf").read_bytes()))


def test_digests_of_the_files_are_the_recorded_ones() -> None:
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in available_images()
    }

    assert digests == committed_digests()


def test_every_image_is_there_in_three_formats() -> None:
    expected = {
        f"sensor-node-{target}-{version}.{suffix}"
        for target, version in IMAGES
        for suffix in ("bin", "elf", "hex")
    }

    assert {path.name for path in available_images()} == expected


def test_provenance_describes_exactly_these_files() -> None:
    provenance = json.loads((FOLDER / "PROVENANCE.json").read_text(encoding="utf-8"))
    recorded = {
        f"{name}.{suffix}": digest
        for name, image in provenance["images"].items()
        for suffix, digest in image["sha256"].items()
    }

    assert recorded == committed_digests()
    for target, version in IMAGES:
        image = provenance["images"][f"sensor-node-{target}-{version}"]
        assert int(image["link_address"], 16) == LINK_ADDRESSES[target]
        assert image["image_bytes"] == image_path(version, target).stat().st_size


def test_provenance_names_no_path_of_the_machine_that_built() -> None:
    text = (FOLDER / "PROVENANCE.json").read_text(encoding="utf-8")

    assert not re.search(r"/(home|root|tmp|work)/", text)


@each_image
def test_bin_hex_and_elf_hold_the_same_bytes(target: str, version: str) -> None:
    data = image_path(version, target).read_bytes()
    hex_file = bincopy.BinFile(str(image_path(version, target, "hex")))
    loaded = [
        (segment["p_paddr"], segment.data())
        for segment in read_elf(target, version).iter_segments("PT_LOAD")
        if segment["p_filesz"] > 0
    ]

    assert hex_file.minimum_address == LINK_ADDRESSES[target]
    assert hex_file.as_binary() == data
    assert len(loaded) == 2
    for address, contents in loaded:
        offset = address - LINK_ADDRESSES[target]
        assert data[offset : offset + len(contents)] == contents
    assert sum(len(contents) for _, contents in loaded) == len(data)


@each_image
def test_there_is_enough_code_and_it_fits_the_slot(target: str, version: str) -> None:
    code_bytes = sum(
        section["sh_size"]
        for section in read_elf(target, version).iter_sections()
        if section["sh_flags"] & SH_FLAGS.SHF_EXECINSTR
    )

    assert code_bytes >= LEAST_CODE_BYTES
    assert image_path(version, target).stat().st_size <= SLOT_BYTES


@each_image
def test_elf_names_functions_and_has_no_debug_information(target: str, version: str) -> None:
    elf = read_elf(target, version)
    symbols = elf.get_section_by_name(".symtab")
    assert isinstance(symbols, SymbolTableSection)
    functions = {symbol.name for symbol in symbols.iter_symbols() if symbol["st_size"] > 0}

    assert {"main", "aes128_encrypt", "crc32_continue", "scheduler_run_due"} <= functions
    assert not elf.has_dwarf_info()


@each_image
def test_image_header_tells_version_address_and_size(target: str, version: str) -> None:
    data = image_path(version, target).read_bytes()
    magic, address, size, *numbers, _, product, text = struct.unpack_from(
        "<4sII4B16s16s", data, 0x100
    )

    assert magic == b"SNH1"
    assert address == LINK_ADDRESSES[target]
    assert size == len(data)
    assert numbers == [int(part) for part in version.split(".")]
    assert product.rstrip(b"\0") == b"sensor-node"
    assert text.rstrip(b"\0") == version.encode()


@pytest.mark.parametrize(("target", "version"), [row for row in IMAGES if row[0] != "rv32"])
def test_cortex_m_vectors_point_into_ram_and_the_slot(target: str, version: str) -> None:
    data = image_path(version, target).read_bytes()
    stack, reset = struct.unpack_from("<II", data)

    assert 0x2000_0000 < stack <= 0x2000_E000
    assert reset & 1, "a Thumb address is odd"
    assert 0 < reset - LINK_ADDRESSES[target] < len(data)


def test_the_two_images_of_an_installed_package_are_named_in_its_configuration() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")

    for version in ("1.0.0", "1.1.0"):
        assert f"images/{image_path(version).name}" in text


def test_an_unknown_image_is_refused_with_the_names_of_those_that_exist() -> None:
    with pytest.raises(FileNotFoundError, match=r"sensor-node-cm3-9\.9\.9\.bin.*cm3-1\.0\.0\.bin"):
        image_path("9.9.9")
