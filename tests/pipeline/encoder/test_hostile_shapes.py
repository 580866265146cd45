"""Images of every awkward shape: they round-trip, and cost no more than spelling them out."""

import random
from collections.abc import Callable
from typing import Final

import pytest

from device_apply.core.decoder import decode
from pipeline.encoder.encoder import encode
from pipeline.encoder.options import EncoderOptions, Tier
from tests.pipeline.encoder.synthetic_firmware import feature_update

BASE, NEW = feature_update(count=300)
NOISE = random.Random(11).randbytes(40_000)


def _big_endian(image: bytes) -> bytes:
    return b"".join(image[at : at + 4][::-1] for at in range(0, len(image), 4))


def _with_gap(image: bytes, gap_bytes: int) -> bytes:
    middle = len(image) // 2 // 4 * 4
    return image[:middle] + b"\xff" * gap_bytes + image[middle:]


def _swapped(image: bytes) -> bytes:
    middle = len(image) // 2 // 4 * 4
    return image[middle:] + image[:middle]


SHAPES: Final[dict[str, tuple[bytes, bytes, int]]] = {
    "the same image": (BASE, BASE, 8),
    "both empty": (b"", b"", 1),
    "empty base": (b"", NEW, len(NEW) + 1),
    "empty new image": (BASE, b"", 1),
    "a base of one byte": (b"x", NEW, len(NEW)),
    "a new image of one byte": (BASE, b"x", 2),
    "another byte": (b"x", b"y", 2),
    "much larger than its base": (NEW[:500], NEW, len(NEW)),
    "a piece of its base": (BASE, BASE[8000:8600], 40),
    "a byte more": (BASE, BASE + b"x", 9),
    "a byte less": (BASE, BASE[:-1], 8),
    "big-endian": (_big_endian(BASE), _big_endian(NEW), len(NEW) // 2),
    "erased flash": (b"\xff" * 60_000, b"\xff" * 60_000, 8),
    "erased flash instead of code": (BASE, b"\xff" * 60_000, 1000),
    "code instead of erased flash": (b"\xff" * 60_000, NEW, len(NEW)),
    "noise": (NOISE[:20_000], NOISE[20_000:], 20_001),
    "noise in code": (BASE, BASE[:9000] + NOISE[:5000] + BASE[9000:], 5200),
    "sections swapped": (BASE, _swapped(BASE), 200),
    "a gap of another size": (_with_gap(BASE, 9000), _with_gap(NEW, 8000), 1300),
    "at an odd offset": (b"abc" + BASE, b"xyz" + NEW, len(NEW) // 2),
    "one period": (b"firmware" * 9000, b"firmware" * 8000 + b"?", 40),
    "backwards": (BASE, BASE[::-1], len(BASE)),
}


@pytest.mark.parametrize("tier", list(Tier))
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_round_trips_within_its_bound(shape: str, tier: Tier) -> None:
    base, new, most_bytes = SHAPES[shape]

    encoded = encode(base, new, EncoderOptions(tier=tier))

    assert decode(encoded.patch, base, len(new)) == new
    assert len(encoded.patch) <= most_bytes
    assert encoded.ram_bytes <= tier.ram_limit_bytes


@pytest.mark.slow
@pytest.mark.parametrize("tier", list(Tier))
@pytest.mark.parametrize(
    "make",
    [
        lambda size: (bytes(size), bytes(size - 1) + b"\1"),
        lambda size: (b"abcde" * (size // 5), b"abcde" * (size // 5 - 1) + b"edcba"),
        lambda size: (random.Random(1).randbytes(size), random.Random(2).randbytes(size)),
        lambda size: ((BASE * 200)[:size], (NEW * 200)[:size]),
    ],
    ids=["zeros", "one period", "noise", "code again and again"],
)
def test_images_of_five_megabytes_are_no_trouble(
    make: Callable[[int], tuple[bytes, bytes]], tier: Tier
) -> None:
    base, new = make(5_000_000)

    encoded = encode(base, new, EncoderOptions(tier=tier))

    assert decode(encoded.patch, base, len(new)) == new
    assert len(encoded.patch) <= len(new) + 1
