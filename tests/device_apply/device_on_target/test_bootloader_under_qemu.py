"""The example's bootloader, on an emulated board, updates the sample firmware through power cuts.

The package is what `airdelta build` writes; BearSSL checks its signature on the device.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from device_apply.core.device.bench import Bench, BenchSetup
from device_apply.core.device.status import Status
from device_apply.profile_toml import builtin_profile_text, parse_profile
from pipeline.packaging.update_package import UpdatePackage, read_package
from sample_firmware import image_path
from tests.device_apply.cortex_m.toolchain import COMPILER_PACKAGES, has_compiler
from tests.device_apply.device_on_target.qemu_board import (
    EMULATOR,
    FLASH_BYTES,
    Memory,
    PowerLostError,
    build_bootloader,
    powered,
)
from tests.system.workshop import run

pytestmark = [
    pytest.mark.skipif(not has_compiler(), reason=f"needs apt packages: {COMPILER_PACKAGES}"),
    pytest.mark.skipif(shutil.which(EMULATOR) is None, reason=f"needs apt package: {EMULATOR}"),
]

PROFILE: Final = "sensor-node-xip"
KEY: Final = ec.derive_private_key(0xA1DE17A, ec.SECP256R1())
OTHER_KEY: Final = ec.derive_private_key(0xBAD, ec.SECP256R1())
BASE_READY: Final = "sensor-node 1.0.0 cm3 ready"
NEW_READY: Final = "sensor-node 1.1.0 cm3 ready"
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


def factory_flash() -> bytes:
    """Return what the factory programs: release 1.0.0 in slot A, and the record of it."""
    bench = Bench(BenchSetup.of(parse_profile(builtin_profile_text(PROFILE))))
    assert bench.provision(0, image_path("1.0.0").read_bytes(), 1) is Status.OK
    return bench.read_flash(0, FLASH_BYTES)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    folder = tmp_path_factory.mktemp("example")
    return Example(
        bootloader=build_bootloader(folder, KEY.public_key(), fused=True),
        flash=factory_flash(),
        package=built_package(folder, KEY),
    )


def built_package(folder: Path, key: ec.EllipticCurvePrivateKey) -> UpdatePackage:
    """Let the product build release 1.1.0 for slot B as a patch."""
    pem = folder / "release.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    pem.chmod(0o600)
    images = ("--base", image_path("1.0.0"), "--new", image_path("1.1.0", "cm3-slotb"))
    device = ("--device", PROFILE, "--engine", "airdelta-tiny", "--security-counter", 2)
    assert run("build", *images, *device, "--key", pem, "--out", folder / "out") == 0
    return read_package(folder / "out" / "update.suit")


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


def test_cuts_at_several_operations_end_in_the_new_release(
    example: Example, tmp_path: Path
) -> None:
    operations = count_operations(example, tmp_path)
    for operation in range(2, operations, operations // 16):
        memory = example.device(tmp_path)
        memory.put_package(example.package.head_bytes, example.package.payload)
        memory.cut_power_at(operation)
        with powered(example.bootloader, memory) as console, pytest.raises(PowerLostError):
            console.wait_for(NEW_READY)
        with powered(example.bootloader, memory) as console:
            console.wait_for(NEW_READY)


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
    package = built_package(tmp_path, OTHER_KEY)
    memory = example.device(tmp_path)
    memory.put_package(package.head_bytes, package.payload)
    with powered(example.bootloader, memory) as console:
        console.wait_for("boot: update refused, status -03")
        console.wait_for(BASE_READY)
    region = parse_profile(builtin_profile_text(PROFILE)).layout.state.offset

    assert memory.read(0, region) == example.flash[:region]
