"""What the encoder finds out about images: whose code, at which address, with which variables."""

import random
import struct

import pytest

from device_apply.core.decoder import decode
from pipeline.encoder.analysis import analyse
from pipeline.encoder.encoder import encode
from pipeline.encoder.header import AddressRange, ArchitectureNumber, RamRange
from pipeline.encoder.options import EncoderOptions, Tier
from pipeline.engines.contract import Hints
from pipeline.engines.runner import run_engine
from tests.pipeline.encoder.synthetic_firmware import (
    LOAD_ADDRESS,
    feature_update,
    link,
    make_functions,
)

ELSEWHERE = 0x00C0_0000
SLOT_DISTANCE = 0x2_0000


def table_of_strings(address: int, count: int = 100) -> bytes:
    """Return an image of no known code: strings, and a table of pointers to them."""
    rng = random.Random(5)
    strings = [
        "".join(rng.choices("abcdefghijklmnop ", k=rng.randint(8, 40))) for _ in range(count)
    ]
    filler = rng.randbytes(4 * count)
    image, starts = bytearray(filler), []
    for string in strings:
        image += b"\0"
        starts.append(len(image))
        image += string.encode()
    image += bytes(-len(image) % 4)
    return bytes(image) + b"".join(struct.pack("<I", address + start) for start in starts)


def in_the_other_slot(image: bytes) -> bytes:
    """Return the image as it is linked for the slot behind: its own pointers moved."""
    moved = bytearray(image)
    for at in range(0, len(image) - 3, 4):
        word = int.from_bytes(image[at : at + 4], "little")
        if LOAD_ADDRESS <= word < LOAD_ADDRESS + len(image):
            moved[at : at + 4] = (word + SLOT_DISTANCE).to_bytes(4, "little")
    return bytes(moved)


def test_pointers_to_strings_tell_the_load_address_of_code_that_nobody_knows() -> None:
    image = table_of_strings(ELSEWHERE)

    (found,) = analyse(image, image)

    assert found.architecture is ArchitectureNumber.NONE
    assert found.layout is not None
    assert found.layout.new == (AddressRange(0, ELSEWHERE, len(image)),)


def test_strings_that_moved_cost_little_where_their_address_was_found() -> None:
    image = table_of_strings(ELSEWHERE)
    new = image[:200] + bytes(16) + table_of_strings(ELSEWHERE + 16)[200:]

    encoded = encode(image, new, EncoderOptions(tier=Tier.TINY))

    assert decode(encoded.patch, image, len(new)) == new
    assert len(encoded.patch) < 60  # a hundred pointers changed


def test_bytes_without_any_pointers_are_plain() -> None:
    image = random.Random(3).randbytes(30_000)

    (found,) = analyse(image, image)

    assert found.layout is None
    assert found.basis == "no known code"


@pytest.mark.parametrize("first_variable", [0x0020_0000, 0x1000_2000, 0xC004_0000])
def test_variables_are_found_where_no_usual_chip_has_them(first_variable: int) -> None:
    image = link(make_functions(1, 200), first_variable=first_variable)

    found = analyse(image, image)[0]

    assert found.layout is not None
    assert found.layout.ram == RamRange(first_variable, 4096)


def test_variables_in_an_unusual_place_cost_as_little_as_in_the_usual_one() -> None:
    functions = make_functions(1, 200)
    base = link(functions, first_variable=0xC004_0000)
    new = link(functions, first_variable=0xC004_0010)

    encoded = encode(base, new, EncoderOptions(tier=Tier.TINY))

    assert decode(encoded.patch, base, len(new)) == new
    assert len(encoded.patch) < 80  # hundreds of variables moved


def test_a_small_image_for_the_other_slot_needs_its_address_told() -> None:
    """With fewer than eight pointers nothing is found, so files that state addresses help."""
    base = link(make_functions(4, 5))
    new = in_the_other_slot(base)
    assert new != base
    told = EncoderOptions(
        tier=Tier.TINY,
        architecture=ArchitectureNumber.THUMB,
        load_addresses=(LOAD_ADDRESS, LOAD_ADDRESS + SLOT_DISTANCE),
    )

    blind = encode(base, new, EncoderOptions(tier=Tier.TINY))
    helped = encode(base, new, told)

    assert decode(helped.patch, base, len(new)) == new
    assert len(helped.patch) < len(blind.patch)
    assert helped.basis == "addresses as given"


@pytest.mark.parametrize("wrong", [(0, 0), (0x9000_0000, 0x1000_0000), (LOAD_ADDRESS, 0)])
def test_wrong_addresses_cost_nothing(wrong: tuple[int, int]) -> None:
    base, new = feature_update(count=300)

    blind = encode(base, new, EncoderOptions(tier=Tier.TINY))
    misled = encode(base, new, EncoderOptions(tier=Tier.TINY, load_addresses=wrong))

    assert len(misled.patch) <= len(blind.patch)


def test_images_whose_addresses_differ_are_also_seen_as_at_one_address() -> None:
    base = link(make_functions(4, 300))

    views = analyse(base, in_the_other_slot(base))

    addresses = [
        (view.layout.base[0].address, view.layout.new[0].address) for view in views if view.layout
    ]
    assert addresses[0] == (LOAD_ADDRESS, LOAD_ADDRESS + SLOT_DISTANCE)
    assert addresses[1][0] == addresses[1][1]


def test_the_engine_hands_load_addresses_to_the_encoder() -> None:
    base, new = table_of_strings(ELSEWHERE, 20), table_of_strings(ELSEWHERE + 4096, 20)

    blind = run_engine("airdelta-tiny", base, new)
    told = run_engine(
        "airdelta-tiny", base, new, Hints(load_addresses=(ELSEWHERE, ELSEWHERE + 4096))
    )

    assert len(told.payload) < len(blind.payload)  # type: ignore[union-attr]
