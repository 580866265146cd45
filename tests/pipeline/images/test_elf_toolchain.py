"""What ELF files say about the compiler, whole or damaged, and how two of them differ."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.explain.toolchains import compare_toolchains
from pipeline.images.elf_toolchain import ATTRIBUTES, COMMENT, SECTIONS, toolchain_of
from pipeline.images.firmware_image import UNKNOWN_TOOLCHAIN, Toolchain
from pipeline.images.reader import read_image

IMAGES = Path(__file__).parents[3] / "sample_firmware" / "images"
CORTEX_M4 = bytes.fromhex(
    "41 2d000000 61656162 6900 01 23000000 05 372d4500 06 0d 07 4d 09 02 0a 06"
    "12 04 14 01 15 01 17 03 18 01 19 01 1a 01 1e 04 22 01"
)
"""`readelf -A` of a build for Cortex-M4 with -Os, its CPU's name shortened."""


def test_the_sample_firmware_says_who_built_it_and_a_binary_nothing() -> None:
    elf = read_image(IMAGES / "sensor-node-cm3-1.0.0.elf").toolchain
    binary = read_image(IMAGES / "sensor-node-cm3-1.0.0.bin").toolchain

    assert any(name.startswith("GCC: ") for name in elf.compilers)
    assert elf.goal is not None
    assert elf.goal.startswith("size")
    assert binary == UNKNOWN_TOOLCHAIN


def test_attributes_compilers_and_commands_are_found() -> None:
    found = toolchain_of(
        {
            COMMENT: b"GCC: (Arm) 12.2.1\0GCC: (Arm) 12.2.1\0clang 15\0",
            ATTRIBUTES: CORTEX_M4,
            ".debug_str": b"main\0GNU C17 12.2.1 -mthumb -Os -g\0x\0GNU AS 2.40\0"
            b"GNU C17 12.2.1 -O2 -fbuilding-libgcc\0",
        }
    )

    assert found.compilers == ("GCC: (Arm) 12.2.1", "clang 15")
    assert found.commands == ("GNU C17 12.2.1 -mthumb -Os -g",)
    assert found.goal == "size at any price"


@given(st.sampled_from(SECTIONS), st.binary(max_size=200), st.integers(0, len(CORTEX_M4)))
def test_damaged_sections_are_read_without_complaint(name: str, tail: bytes, kept: int) -> None:
    for data in (tail, CORTEX_M4[:kept] + tail):
        found = toolchain_of({name: data})
        assert all(text.isprintable() for text in (*found.compilers, *found.commands))


@pytest.mark.parametrize(
    ("base", "new", "told"),
    [
        (
            Toolchain(commands=("GNU C17 12.2 -mthumb -Os",)),
            Toolchain(commands=("GNU C17 12.2 -mthumb -O2",)),
            ("GNU C17: -Os became -O2",),
        ),
        (
            Toolchain(commands=("GNU C17 12.2 -Os", "GNU C++14 12.2 -Os")),
            Toolchain(commands=("GNU C17 12.2 -Os -flto", "GNU C++14 12.2 -Os")),
            ("GNU C17: now with -flto",),
        ),
        (
            Toolchain(compilers=("GCC: 12",), goal="size"),
            Toolchain(compilers=("GCC: 13",), goal="speed"),
            ("compiler GCC: 12 became GCC: 13", "optimised for size, now for speed"),
        ),
        (Toolchain(compilers=("GCC: 12",)), UNKNOWN_TOOLCHAIN, ()),
    ],
)
def test_what_became_different_is_named(
    base: Toolchain, new: Toolchain, told: tuple[str, ...]
) -> None:
    assert compare_toolchains(base, new).differences == told
    assert not compare_toolchains(base, new).known_equal


def test_only_files_with_all_options_are_known_to_be_built_alike() -> None:
    with_options = Toolchain(compilers=("GCC: 12",), commands=("GNU C17 12.2 -Os",))
    without = Toolchain(compilers=("GCC: 12",))

    assert compare_toolchains(with_options, with_options).known_equal
    assert not compare_toolchains(without, without).known_equal
