"""What the tests of the example start from: a factory-new flash, and packages of the product."""

from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from device_apply.core.device.bench import Bench, BenchSetup
from device_apply.core.device.status import Status
from device_apply.profile import DeviceProfile
from device_apply.profile_toml import builtin_profile_text, parse_profile
from pipeline.packaging.update_package import UpdatePackage, read_package
from sample_firmware import image_path
from tests.device_apply.device_on_target.qemu_board import FLASH_BYTES
from tests.system.workshop import run

TWO_SLOTS: Final = "sensor-node-xip"
ONE_SLOT: Final = "sensor-node-in-place"
KEY: Final = ec.derive_private_key(0xA1DE17A, ec.SECP256R1())
OTHER_KEY: Final = ec.derive_private_key(0xBAD, ec.SECP256R1())
BASE_IMAGE: Final = image_path("1.0.0")
NEW_IMAGE: Final = image_path("1.1.0", "cm3-slotb")
NEW_IMAGE_FOR_SLOT_A: Final = image_path("1.1.0")
BASE_COUNTER: Final = 1
NEW_COUNTER: Final = 2
BASE_READY: Final = "sensor-node 1.0.0 cm3 ready"
NEW_READY: Final = "sensor-node 1.1.0 cm3 ready"


def profile(name: str = TWO_SLOTS) -> DeviceProfile:
    return parse_profile(builtin_profile_text(name))


def factory_flash(profile_name: str = TWO_SLOTS) -> bytes:
    """Return what the factory programs: release 1.0.0 in slot A, and the record of it."""
    setup = BenchSetup.of(profile(profile_name))
    bench = Bench(setup)
    assert bench.provision(0, BASE_IMAGE.read_bytes(), BASE_COUNTER) is Status.OK
    flash = bench.read_flash(0, setup.part.size_bytes)[:FLASH_BYTES]
    return flash.ljust(FLASH_BYTES, b"\xff")


def build_patch(
    folder: Path, key: ec.EllipticCurvePrivateKey, profile_name: str = TWO_SLOTS
) -> UpdatePackage:
    """Let the product build release 1.1.0 as a patch, for slot B if there are two slots."""
    new_image = NEW_IMAGE if profile_name == TWO_SLOTS else NEW_IMAGE_FOR_SLOT_A
    images = ("--base", BASE_IMAGE, "--new", new_image, "--device", profile_name)
    return read_package(_build(folder, key, *images, "--engine", "airdelta-tiny"))


def build_full(folder: Path, key: ec.EllipticCurvePrivateKey, security_counter: int) -> Path:
    """Let the product build release 1.0.0 for slot A as it is; return the package's path."""
    images = ("--base", NEW_IMAGE, "--new", BASE_IMAGE)
    counter = ("--security-counter", security_counter)
    device = ("--device", TWO_SLOTS)
    return _build(folder, key, *images, "--engine", "full", *device, *counter)


def _build(folder: Path, key: ec.EllipticCurvePrivateKey, *options: object) -> Path:
    pem = folder / "release.pem"
    pem.touch(mode=0o600)
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    out = folder / "out"
    more = ("--key", pem, "--out", out)
    counter = () if "--security-counter" in options else ("--security-counter", NEW_COUNTER)
    assert run("build", *options, *counter, *more) == 0
    return out / "update.suit"
