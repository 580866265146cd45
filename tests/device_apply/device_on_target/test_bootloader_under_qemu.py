"""The example's bootloader, on an emulated board, updates the sample firmware through power cuts.

The package is what `airdelta build` writes; BearSSL checks its signature on the device.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from pipeline.packaging.update_package import UpdatePackage
from tests.device_apply.cortex_m.toolchain import COMPILER_PACKAGES, has_compiler
from tests.device_apply.device_on_target.example_update import (
    BASE_READY,
    KEY,
    NEW_READY,
    ONE_SLOT,
    OTHER_KEY,
    build_patch,
    factory_flash,
    profile,
)
from tests.device_apply.device_on_target.qemu_board import (
    EMULATOR,
    Memory,
    PowerLostError,
    build_bootloader,
    powered,
)

pytestmark = [
    pytest.mark.skipif(not has_compiler(), reason=f"needs apt packages: {COMPILER_PACKAGES}"),
    pytest.mark.skipif(shutil.which(EMULATOR) is None, reason=f"needs apt package: {EMULATOR}"),
]

ENDLESS: Final = 1_000_000
"""A countdown that an update does not reach."""


@dataclass(frozen=True, slots=True)
class Example:
    """A bootloader, a factory-new flash and a package for it."""

    bootloader: Path
    flash: bytes
    package: UpdatePackage

    def device(self, folder: Path) -> Memory:
        return Memory.with_flash(folder / "flash.img", self.flash)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    folder = tmp_path_factory.mktemp("example")
    return Example(
        bootloader=build_bootloader(folder, KEY.public_key(), fused=True),
        flash=factory_flash(),
        package=build_patch(folder, KEY),
    )


@pytest.fixture(scope="module")
def one_slot(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """The same board with one slot, which the bootloader patches in place."""
    folder = tmp_path_factory.mktemp("one-slot")
    return Example(
        bootloader=build_bootloader(folder, KEY.public_key(), fused=True, one_slot=True),
        flash=factory_flash(ONE_SLOT),
        package=build_patch(folder, KEY, ONE_SLOT),
    )


def count_operations(example: Example, folder: Path) -> int:
    """Return the flash operations from the package in the mailbox to the trial boot."""
    memory = example.device(folder)
    memory.put_package(example.package.head_bytes, example.package.payload)
    memory.cut_power_at(ENDLESS)
    with powered(example.bootloader, memory) as console:
        console.wait_for(NEW_READY)
    return ENDLESS - memory.operations_left()


def test_the_bootloader_patches_a_release_and_confirms_it(example: Example, tmp_path: Path) -> None:
    memory = example.device(tmp_path)
    with powered(example.bootloader, memory) as console:
        console.wait_for(BASE_READY)
        assert console.lines[0] == "boot: slot A"

    memory.put_package(example.package.head_bytes, example.package.payload)
    with powered(example.bootloader, memory) as console:
        console.wait_for(NEW_READY)
        assert console.lines[:2] == ["boot: slot A", "boot: slot B, on trial"]

    memory.find_healthy()
    for _ in range(4):  # more boots than a trial has
        with powered(example.bootloader, memory) as console:
            console.wait_for(NEW_READY)
    assert console.lines[0] == "boot: slot B"


def survive_cuts(example: Example, folder: Path, cuts: int) -> None:
    """Cut the power at some operations, one after the other, each on a device of its own."""
    operations = count_operations(example, folder)
    for operation in range(2, operations, operations // cuts):
        memory = example.device(folder)
        memory.put_package(example.package.head_bytes, example.package.payload)
        memory.cut_power_at(operation)
        with powered(example.bootloader, memory) as console, pytest.raises(PowerLostError):
            console.wait_for(NEW_READY)
        with powered(example.bootloader, memory) as console:
            console.wait_for(NEW_READY)


def test_cuts_at_several_operations_end_in_the_new_release(
    example: Example, tmp_path: Path
) -> None:
    survive_cuts(example, tmp_path, 16)


def test_one_slot_is_patched_in_place_though_the_power_fails(
    one_slot: Example, tmp_path: Path
) -> None:
    survive_cuts(one_slot, tmp_path, 10)


def test_an_image_that_never_finds_itself_healthy_is_taken_back(
    example: Example, tmp_path: Path
) -> None:
    memory = example.device(tmp_path)
    memory.put_package(example.package.head_bytes, example.package.payload)
    for _ in range(3):
        with powered(example.bootloader, memory) as console:
            console.wait_for(NEW_READY)
    with powered(example.bootloader, memory) as console:
        console.wait_for(BASE_READY)


def test_a_package_of_another_vendor_is_refused_without_an_erase(
    example: Example, tmp_path: Path
) -> None:
    package = build_patch(tmp_path, OTHER_KEY)
    memory = example.device(tmp_path)
    memory.put_package(package.head_bytes, package.payload)
    with powered(example.bootloader, memory) as console:
        console.wait_for("boot: update refused, status -03")
        console.wait_for(BASE_READY)
    region = profile().layout.state.offset

    assert memory.read(0, region) == example.flash[:region]
