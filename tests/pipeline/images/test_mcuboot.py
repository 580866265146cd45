"""MCUboot images, signed by MCUboot's own imgtool."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.images.container import ContainerKind
from pipeline.images.firmware_image import FirmwareImage
from pipeline.images.reader import parse_image, read_image

CODE = bytes(range(1, 256)) * 40
SLOT_BYTES = 0x10000
KEY_TYPES = ("ecdsa-p256", "ed25519", "rsa-2048")


def imgtool(*arguments: str | Path) -> str:
    command = [str(Path(sys.executable).with_name("imgtool")), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def sign(folder: Path, *options: str, key_type: str = "ed25519", code: bytes = CODE) -> Path:
    source, key, signed = folder / "code.bin", folder / "key.pem", folder / "signed.bin"
    source.write_bytes(code)
    if not key.exists():
        imgtool("keygen", "-k", key, "-t", key_type)
    slot = ("--header-size", "0x200", "--pad-header", "--slot-size", hex(SLOT_BYTES))
    fixed = ("--key", key, "--align", "8", "--version", "1.2.3+4", *slot)
    imgtool("sign", *fixed, *options, source, signed)
    return signed


def contained(path: Path) -> FirmwareImage:
    image = read_image(path)
    assert image.container is not None
    assert image.container.kind is ContainerKind.MCUBOOT
    return image


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_a_signed_image_is_kept_whole_and_still_verifies(tmp_path: Path, key_type: str) -> None:
    signed = sign(tmp_path, key_type=key_type)

    image = contained(signed)

    assert image.data == signed.read_bytes()
    assert image.container is not None
    assert image.container.version == "1.2.3+4"
    (tmp_path / "read.bin").write_bytes(image.data)
    verdict = imgtool("verify", "-k", tmp_path / "key.pem", tmp_path / "read.bin")
    assert "Image was correctly validated" in verdict


def test_protected_entries_belong_to_the_image(tmp_path: Path) -> None:
    signed = sign(tmp_path, "--security-counter", "7", "--boot-record", "airdelta")

    assert contained(signed).data == signed.read_bytes()


@pytest.mark.parametrize("padding", [("--pad",), ("--pad", "--confirm")])
def test_padding_and_boot_trailer_are_cut_off(tmp_path: Path, padding: tuple[str, ...]) -> None:
    plain = sign(tmp_path).read_bytes()
    padded = sign(tmp_path, *padding)

    image = contained(padded)

    assert image.data == plain
    assert image.trimmed_bytes == SLOT_BYTES - len(plain)


def test_bytes_of_another_use_behind_the_image_are_kept(tmp_path: Path) -> None:
    data = sign(tmp_path).read_bytes() + b"a file system"

    image = parse_image("image.bin", data)

    assert image.data == data
    assert image.container is None


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        (("--encrypt", "encryption.pub.pem"), "--clear"),
        (("--compression", "lzma2"), "without --compression"),
    ],
)
def test_images_that_no_delta_suits_say_why(
    tmp_path: Path, options: tuple[str, ...], advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    imgtool("keygen", "-k", "encryption.pem", "-t", "x25519")
    Path("encryption.pub.pem").write_text(imgtool("getpub", "-k", "encryption.pem", "-e", "pem"))

    container = contained(sign(tmp_path, *options)).container

    assert container is not None
    assert container.delta_obstacle is not None
    assert advice in container.delta_obstacle


def test_an_image_signed_but_kept_clear_suits_deltas(tmp_path: Path) -> None:
    container = contained(sign(tmp_path)).container

    assert container is not None
    assert container.delta_obstacle is None


def test_an_image_cut_anywhere_is_refused(tmp_path: Path) -> None:
    data = sign(tmp_path).read_bytes()

    for size in (40, 0x200, 0x200 + len(CODE), 0x200 + len(CODE) + 3, len(data) - 1):
        with pytest.raises(InputError):
            parse_image("image.bin", data[:size])


def test_a_changed_byte_of_header_or_code_is_noticed(tmp_path: Path) -> None:
    data = sign(tmp_path).read_bytes()

    for position in (20, 0x200, 0x200 + len(CODE) - 1):
        damaged = bytearray(data)
        damaged[position] ^= 1
        with pytest.raises(InputError, match="do not match its own digest"):
            parse_image("image.bin", bytes(damaged))
