"""The differences between releases are what their notes say, and as large as such changes are."""

import re

import bsdiff4
import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from sample_firmware import image_path
from tests.sample_firmware.image_list import IMAGES


def function_offsets(version: str) -> dict[str, int]:
    """Offset in the image of every global function, whose names are unique."""
    with image_path(version, "cm3", "elf").open("rb") as file:
        symbols = ELFFile(file).get_section_by_name(".symtab")
        assert isinstance(symbols, SymbolTableSection)
        return {
            symbol.name: symbol["st_value"]
            for symbol in symbols.iter_symbols()
            if symbol["st_info"]["type"] == "STT_FUNC" and symbol["st_info"]["bind"] == "STB_GLOBAL"
        }


def changed_bytes(base: bytes, new: bytes) -> int:
    return sum(left != right for left, right in zip(base, new, strict=True))


def share_moved(base_version: str, new_version: str) -> float:
    """Share of the functions in both releases that are at another address in the new one."""
    base, new = function_offsets(base_version), function_offsets(new_version)
    common = base.keys() & new.keys()
    return sum(base[name] != new[name] for name in common) / len(common)


def test_the_table_in_the_readme_states_the_sizes_of_the_images() -> None:
    text = image_path("1.0.0").parents[1].joinpath("README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d\.\d\.\d) \|.*\| ([\d ]+) \|[^|]*\|$", text, re.MULTILINE)
    stated = {version: int(size.replace(" ", "")) for version, size in rows}

    versions = [version for target, version in IMAGES if target == "cm3"]
    assert stated == {version: image_path(version).stat().st_size for version in versions}


def test_the_bug_fix_changes_a_handful_of_bytes_in_place() -> None:
    base, new = image_path("1.0.0").read_bytes(), image_path("1.0.1").read_bytes()

    assert 0 < changed_bytes(base, new) < 40
    assert share_moved("1.0.0", "1.0.1") == 0


def test_the_feature_adds_functions_and_keeps_those_that_were_there() -> None:
    base, new = function_offsets("1.0.1"), function_offsets("1.1.0")

    assert base.keys() <= new.keys()
    assert {"soil_probe_read", "commands_soil_add"} <= new.keys() - base.keys()


def test_the_refactoring_moves_most_functions() -> None:
    assert share_moved("1.1.0", "1.2.0") > 0.9


@pytest.mark.parametrize(
    ("base_version", "new_version", "least_bytes", "most_bytes"),
    [
        ("1.0.0", "1.0.1", 100, 400),
        ("1.0.0", "1.1.0", 2_000, 6_000),
        ("1.1.0", "1.2.0", 5_000, 16_000),
        ("1.2.0", "2.0.0", 12_000, 30_000),
    ],
)
def test_a_plain_bsdiff4_patch_is_as_large_as_the_change_is(
    base_version: str, new_version: str, least_bytes: int, most_bytes: int
) -> None:
    base, new = image_path(base_version).read_bytes(), image_path(new_version).read_bytes()

    assert least_bytes < len(bsdiff4.diff(base, new)) < most_bytes


def test_the_slots_hold_the_same_program_at_different_addresses() -> None:
    slot_a = image_path("1.0.0").read_bytes()
    slot_b = image_path("1.0.0", "cm3-slotb").read_bytes()

    assert len(slot_a) == len(slot_b)
    assert 100 < changed_bytes(slot_a, slot_b) < len(slot_a) // 20
