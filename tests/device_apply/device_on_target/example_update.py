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

PROFILE_NAME: Final = "sensor-node-xip"
KEY: Final = ec.derive_private_key(0xA1DE17A, ec.SECP256R1())
OTHER_KEY: Final = ec.derive_private_key(0xBAD, ec.SECP256R1())
BASE_IMAGE: Final = image_path("1.0.0")
NEW_IMAGE: Final = image_path("1.1.0", "cm3-slotb")
BASE_COUNTER: Final = 1
NEW_COUNTER: Final = 2
BASE_READY: Final = "sensor-node 1.0.0 cm3 ready"
NEW_READY: Final = "sensor-node 1.1.0 cm3 ready"


def profile() -> DeviceProfile:
    return parse_profile(builtin_profile_text(PROFILE_NAME))


def factory_flash() -> bytes:
    """Return what the factory programs: release 1.0.0 in slot A, and the record of it."""
    bench = Bench(BenchSetup.of(profile()))
    assert bench.provision(0, BASE_IMAGE.read_bytes(), BASE_COUNTER) is Status.OK
    return bench.read_flash(0, FLASH_BYTES)


def build_patch(folder: Path, key: ec.EllipticCurvePrivateKey) -> UpdatePackage:
    """Let the product build release 1.1.0 for slot B as a patch."""
    images = ("--base", BASE_IMAGE, "--new", NEW_IMAGE)
    return read_package(_build(folder, key, *images, "--engine", "airdelta-tiny"))


def build_full(folder: Path, key: ec.EllipticCurvePrivateKey, security_counter: int) -> Path:
    """Let the product build release 1.0.0 for slot A as it is; return the package's path."""
    images = ("--base", NEW_IMAGE, "--new", BASE_IMAGE)
    counter = ("--security-counter", security_counter)
    return _build(folder, key, *images, "--engine", "full", *counter)


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
    more = ("--device", PROFILE_NAME, "--key", pem, "--out", out)
    counter = () if "--security-counter" in options else ("--security-counter", NEW_COUNTER)
    assert run("build", *options, *counter, *more) == 0
    return out / "update.suit"
