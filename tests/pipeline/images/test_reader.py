import hashlib
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.images.assembly import ImageLimits
from pipeline.images.firmware_image import ImageFormat
from pipeline.images.reader import parse_image, read_image
from tests.pipeline.images.image_files import FILES, IMAGE, LOAD_ADDRESS, NAMES_WITHOUT_ADDRESS


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_bytes(tmp_path: Path, name: str) -> None:
    image = read_image(write(tmp_path, name, FILES[name]))

    assert image.data == IMAGE
    assert image.name == name
    assert image.source_format == ImageFormat(name.rpartition(".")[2])


@pytest.mark.parametrize("name", FILES)
def test_every_format_that_has_addresses_tells_the_load_address(name: str) -> None:
    expected = None if name in NAMES_WITHOUT_ADDRESS else LOAD_ADDRESS

    assert parse_image(name, FILES[name]).load_address == expected


@pytest.mark.parametrize("name", FILES)
def test_without_an_extension_the_content_decides(name: str) -> None:
    image = parse_image("firmware", FILES[name])

    assert image.data == IMAGE
    assert image.source_format == ImageFormat(name.rpartition(".")[2])


def test_only_elf_files_carry_sections_and_symbols() -> None:
    known = {name for name in FILES if parse_image(name, FILES[name]).symbols}

    assert known == {"image.elf"}


def test_the_digest_is_that_of_the_bytes_in_flash_not_of_the_file() -> None:
    image = parse_image("image.hex", FILES["image.hex"])

    assert image.sha256 == hashlib.sha256(IMAGE).digest()


def test_an_image_of_one_byte_is_an_image(tmp_path: Path) -> None:
    assert read_image(write(tmp_path, "one.bin", b"\x00")).data == b"\x00"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.bin: no such file"):
        read_image(tmp_path / "nowhere.bin")


@pytest.mark.parametrize("name", FILES)
def test_an_empty_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=rf"{name}: is empty"):
        read_image(write(tmp_path, name, b""))


def test_a_file_is_refused_from_one_byte_over_the_limit(tmp_path: Path) -> None:
    limits = ImageLimits(max_file_bytes=len(IMAGE))
    path = write(tmp_path, "image.bin", IMAGE)

    assert read_image(path, limits).size == len(IMAGE)

    write(tmp_path, "image.bin", IMAGE + b"\0")
    with pytest.raises(InputError, match="is larger than 900 bytes"):
        read_image(path, limits)


@pytest.mark.parametrize("name", FILES)
def test_an_image_over_the_limit_is_refused_in_every_format(name: str) -> None:
    with pytest.raises(InputError, match=r"900 bytes, the limit is 899|more than 899 bytes"):
        parse_image(name, FILES[name], ImageLimits(max_image_bytes=899))


@pytest.mark.parametrize("name", [name for name in FILES if name != "image.bin"])
def test_a_message_is_one_line_that_begins_with_the_file(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, FILES[name][: len(FILES[name]) // 2])

    with pytest.raises(InputError) as caught:
        read_image(path)

    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert len(message) < 300 + len(str(path))
