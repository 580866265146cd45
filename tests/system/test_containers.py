"""Images as build systems write them: signed for MCUboot, with the bootloader's padding."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.workshop import Workshop, make_workshop, run

IMAGES = Path(__file__).parents[2] / "sample_firmware" / "images"
SLOT = ("--header-size", "0x200", "--pad-header", "--slot-size", "0x20000", "--align", "8")


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return make_workshop(tmp_path)


def imgtool(*arguments: str | Path) -> str:
    command = [str(Path(sys.executable).with_name("imgtool")), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def signed_pair(folder: Path, key_type: str, *options: str) -> tuple[Path, Path, Path]:
    """Return base image, new image, and the public key's pair that MCUboot trusts."""
    key = folder / "mcuboot.pem"
    imgtool("keygen", "-k", key, "-t", key_type)
    signed = []
    for version in ("1.0.0", "1.1.0"):
        source = IMAGES / f"sensor-node-cm3-{version}.bin"
        signed.append(folder / f"signed-{version}.bin")
        fixed = ("sign", "--key", key, "--version", version, *SLOT)
        imgtool(*fixed, *options, source, signed[-1])
    return signed[0], signed[1], key


@pytest.mark.parametrize("key_type", ["ecdsa-p256", "ed25519", "rsa-2048"])
def test_a_signed_image_is_rebuilt_bit_for_bit_and_mcuboot_accepts_it(
    workshop: Workshop, key_type: str
) -> None:
    base, new, key = signed_pair(workshop.folder, key_type)
    rebuilt = workshop.folder / "rebuilt.bin"

    built = run(
        "build",
        "--base",
        base,
        "--new",
        new,
        "--key",
        workshop.key,
        "--out",
        workshop.package.parent,
    )
    applied = run(
        "apply", workshop.package, "--base", base, "--trust", workshop.trust, "--out", rebuilt
    )

    assert (built, applied) == (0, 0)
    assert rebuilt.read_bytes() == new.read_bytes()
    assert "Image was correctly validated" in imgtool("verify", "-k", key, rebuilt)
    assert workshop.package.stat().st_size < new.stat().st_size / 5


def test_a_padded_image_and_a_plain_one_make_the_same_package(workshop: Workshop) -> None:
    folder = workshop.folder
    base, new, key = signed_pair(folder, "ed25519")
    padded = folder / "padded.bin"
    source = IMAGES / "sensor-node-cm3-1.0.0.bin"
    imgtool("sign", "--key", key, "--version", "1.0.0", *SLOT, "--pad", "--confirm", source, padded)

    for name, image in (("plain", base), ("padded", padded)):
        assert (
            run(
                "build",
                "--base",
                image,
                "--new",
                new,
                "--key",
                workshop.key,
                "--out",
                folder / name,
            )
            == 0
        )

    first, second = (folder / name / "update.suit" for name in ("plain", "padded"))
    assert first.read_bytes() == second.read_bytes()
    record = json.loads((folder / "padded" / "update.json").read_text())
    assert record["inputs"]["base"]["container"]["kind"] == "mcuboot"
    assert record["inputs"]["base"]["trimmed_bytes"] == padded.stat().st_size - base.stat().st_size


def test_encrypted_images_travel_whole_and_the_reason_is_told(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = workshop.folder
    imgtool("keygen", "-k", folder / "encryption.pem", "-t", "x25519")
    public = imgtool("getpub", "-k", folder / "encryption.pem", "-e", "pem")
    (folder / "encryption.pub.pem").write_text(public)
    base, new, _ = signed_pair(folder, "ed25519", "--encrypt", str(folder / "encryption.pub.pem"))

    code = run(
        "build",
        "--base",
        base,
        "--new",
        new,
        "--key",
        workshop.key,
        "--out",
        workshop.package.parent,
    )

    assert code == 0
    record = json.loads((folder / "out" / "update.json").read_text())
    assert record["manifest"]["base_image"] is None
    assert "the MCUboot image is encrypted" in record["winner"]["reason"]
    assert "imgtool sign --clear" in " ".join(capsys.readouterr().err.split())
