"""ESP32 application images: cut to their end, with checksum, digest and signature sector."""

import hashlib
from functools import reduce
from operator import xor
from struct import pack

import pytest

from pipeline.images.container import ContainerKind
from pipeline.images.reader import parse_image

DESCRIPTOR = pack("<II8x32s", 0xABCD5432, 0, b"2.7.1")
SEGMENTS = (DESCRIPTOR + b"rodata" * 50, bytes(range(256)) * 9)


def esp_image(*, with_digest: bool = True, seed: int = 0xEF) -> bytes:
    header = pack("<BBBBI15sB", 0xE9, len(SEGMENTS), 2, 0x20, 0x40080000, bytes(15), with_digest)
    body = b"".join(pack("<II", 0x3F400020, len(data)) + data for data in SEGMENTS)
    checksum = reduce(xor, b"".join(SEGMENTS), seed)
    unpadded = header + body
    image = unpadded + bytes(15 - len(unpadded) % 16) + bytes([checksum])
    return image + hashlib.sha256(image).digest() if with_digest else image


@pytest.mark.parametrize("with_digest", [True, False])
def test_padding_behind_the_image_is_cut_off(*, with_digest: bool) -> None:
    plain = esp_image(with_digest=with_digest)

    image = parse_image("app.bin", plain + b"\xff" * 300)

    assert image.data == plain
    assert image.trimmed_bytes == 300
    assert image.container is not None
    assert image.container.kind is ContainerKind.ESP
    assert image.container.version == "2.7.1"


def test_the_signature_sector_belongs_to_the_image() -> None:
    plain = esp_image().ljust(4096, b"\xff")
    signed = plain + b"\xe7" + bytes(4095)

    assert parse_image("app.bin", signed).data == signed


@pytest.mark.parametrize(
    "data",
    [
        esp_image(seed=0xEE),
        esp_image()[:-1],
        esp_image()[:-1] + b"\0",
        esp_image()[:30],
        b"\xe9" + bytes(40),
        b"\xe9" * 40,
        esp_image() + b"data",
    ],
    ids=["checksum", "cut", "digest", "no-segment", "zero", "too-many", "more-behind-it"],
)
def test_what_does_not_hold_together_is_a_raw_binary(data: bytes) -> None:
    image = parse_image("app.bin", data)

    assert image.data == data
    assert image.container is None
