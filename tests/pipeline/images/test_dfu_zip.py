"""Nordic DFU archives: the one image in them, and one line for everything else."""

import json
import zipfile
from io import BytesIO

import pytest

from pipeline.errors import InputError
from pipeline.images.assembly import ImageLimits
from pipeline.images.firmware_image import ImageFormat
from pipeline.images.reader import parse_image

IMAGE = b"an image" * 100
NRF5_MANIFEST = {"manifest": {"application": {"bin_file": "app.bin", "dat_file": "app.dat"}}}
NCS_MANIFEST = {"format-version": 1, "files": [{"type": "application", "file": "app.bin"}]}


def archive(manifest: object, **files: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("manifest.json", json.dumps(manifest))
        for name, content in files.items():
            file.writestr(f"{name}.bin", content)
    return buffer.getvalue()


@pytest.mark.parametrize("manifest", [NRF5_MANIFEST, NCS_MANIFEST], ids=["nrf5", "ncs"])
def test_the_application_is_taken(manifest: object) -> None:
    image = parse_image("update.zip", archive(manifest, app=IMAGE))

    assert image.data == IMAGE
    assert image.source_format is ImageFormat.DFU_ZIP
    assert image.load_address is None


def test_two_images_are_not_chosen_between() -> None:
    files = [{"type": "application", "file": "app.bin"}, {"type": "net", "file": "net.bin"}]

    with pytest.raises(InputError, match=r"names 2 images \(app.bin \(application\), net.bin"):
        parse_image("update.zip", archive({"files": files}, app=IMAGE, net=IMAGE))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (archive(NCS_MANIFEST), "without the app.bin"),
        (archive({}, app=IMAGE), "names 0 images"),
        (archive([1], app=IMAGE), "names 0 images"),
        (archive({"files": [7, {"file": 1}]}, app=IMAGE), "names 0 images"),
        (archive(NCS_MANIFEST, app=bytes(2000)), "more than 1000 bytes"),
        (archive(NCS_MANIFEST, app=b""), "holds no bytes"),
    ],
    ids=["missing", "empty", "list", "odd", "bomb", "blank"],
)
def test_an_archive_that_gives_no_image_says_why(data: bytes, reason: str) -> None:
    limits = ImageLimits(max_image_bytes=1000)

    with pytest.raises(InputError, match=reason):
        parse_image("update.zip", data, limits)


def test_a_damaged_archive_is_an_input_error_at_every_byte() -> None:
    data = archive(NRF5_MANIFEST, app=IMAGE)

    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 0xFF
        try:
            parse_image("update.zip", bytes(damaged))
        except InputError as problem:
            assert len(str(problem).splitlines()) == 1  # noqa: PT017 (most are refused, not all)


def test_any_other_zip_archive_is_no_image() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("app.bin", IMAGE)

    with pytest.raises(InputError, match="looks like a zip archive"):
        parse_image("update.zip", buffer.getvalue())
