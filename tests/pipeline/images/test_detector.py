import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from pipeline.images.detector import detect_format
from pipeline.images.errors import UnusableImage
from pipeline.images.firmware_image import ImageFormat
from tests.pipeline.images.image_files import ELF_FILE, FILES, HEX_FILE, IMAGE, SREC_FILE

EXTENSIONS = {
    ImageFormat.BINARY: ["bin"],
    ImageFormat.INTEL_HEX: ["hex", "ihex", "ihx", "HEX"],
    ImageFormat.SREC: ["srec", "s19", "s28", "s37", "mot"],  # codespell:ignore mot
    ImageFormat.UF2: ["uf2", "UF2"],
    ImageFormat.ELF: ["elf", "axf", "out", "Elf"],
    ImageFormat.DFU_ZIP: ["zip"],
}
CONTENT = dict(zip(ImageFormat, FILES.values(), strict=True))
EVERY_EXTENSION = [extension for names in EXTENSIONS.values() for extension in names]


@pytest.mark.parametrize("content", ImageFormat)
@pytest.mark.parametrize("extension", EVERY_EXTENSION)
def test_an_extension_must_not_contradict_the_content(content: ImageFormat, extension: str) -> None:
    name = f"image.{extension}"
    if extension in EXTENSIONS[content]:
        assert detect_format(name, CONTENT[content]) is content
    else:
        with pytest.raises(UnusableImage, match=rf"is named \.{extension.lower()} but is not"):
            detect_format(name, CONTENT[content])


def test_the_message_says_what_it_looks_like_and_what_to_do() -> None:
    with pytest.raises(UnusableImage) as caught:
        detect_format("zephyr.bin", ELF_FILE)

    assert str(caught.value) == (
        "is named .bin but is not a raw binary, it looks like ELF:"
        " name it .elf if it is, or give another file"
    )


@pytest.mark.parametrize("name", ["firmware", "firmware.img", "firmware.v1.2", ".hidden"])
def test_an_unknown_extension_claims_nothing(name: str) -> None:
    assert detect_format(name, IMAGE) is ImageFormat.BINARY
    assert detect_format(name, ELF_FILE) is ImageFormat.ELF


def zip_file() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("image.bin", IMAGE)
    return buffer.getvalue()


def tar_file() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("image.bin")
        member.size = len(IMAGE)
        archive.addfile(member, io.BytesIO(IMAGE))
    return buffer.getvalue()


FOREIGN = {
    "a zip archive": zip_file(),
    "gzip data": gzip.compress(IMAGE),
    "bzip2 data": bz2.compress(IMAGE),
    "xz data": lzma.compress(IMAGE),
    "zstd data": bytes.fromhex("28b52ffd2400010000"),
    "lz4 data": bytes.fromhex("04224d186440a7"),
    "a 7z archive": b"7z\xbc\xaf\x27\x1c\0\4",
    "a tar archive": tar_file(),
    "a DfuSe file": b"DfuSe\x01",
    "a key or certificate": b"-----BEGIN PRIVATE KEY-----\n",
    "an update package": bytes.fromhex("d86ba302"),
    "a web page": b"\n<!DOCTYPE HTML>\n<html>",
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\n",
}


@pytest.mark.parametrize("extension", ["bin", "hex", "elf", "img"])
@pytest.mark.parametrize("description", FOREIGN)
def test_what_is_no_image_is_recognised_under_any_name(description: str, extension: str) -> None:
    with pytest.raises(UnusableImage, match=f"it looks like {description}: "):
        detect_format(f"image.{extension}", FOREIGN[description])


@pytest.mark.parametrize("text", [HEX_FILE, SREC_FILE])
def test_line_ends_and_leading_blank_lines_do_not_hide_a_text_format(text: bytes) -> None:
    expected = detect_format("image", text)

    assert expected is not ImageFormat.BINARY
    assert detect_format("image", b"\r\n \n" + text.replace(b"\n", b"\r\n")) is expected


@pytest.mark.parametrize(
    "beginning", [b":0123456789\0\n", b":raw\n", b"S0 is the name of a register\n", b":" + b"0" * 9]
)
def test_a_raw_image_is_not_taken_for_text_because_of_its_first_bytes(beginning: bytes) -> None:
    assert detect_format("image.bin", beginning) is ImageFormat.BINARY


@pytest.mark.parametrize(("extension", "text"), [("hex", HEX_FILE), ("srec", SREC_FILE)])
def test_a_damaged_first_record_is_left_to_the_parser(extension: str, text: bytes) -> None:
    damaged = text[:9] + b"?" + text[10:]

    assert detect_format(f"image.{extension}", damaged).value == extension
