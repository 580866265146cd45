"""The encoder: what it makes decodes to the new image, is small where it can be, and fits."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_apply.core.decoder import decode
from pipeline.encoder.analysis import layout_of_largest
from pipeline.encoder.encoder import encode
from pipeline.encoder.header import (
    RAM_PRESETS,
    AddressRange,
    ArchitectureNumber,
    Mode,
    PatchHeader,
)
from pipeline.encoder.options import EncoderOptions, Tier
from tests.pipeline.encoder.synthetic_firmware import LOAD_ADDRESS, feature_update

TIERS = list(Tier)


@pytest.mark.parametrize("tier", TIERS)
def test_a_moved_firmware_costs_little_more_than_the_code_that_was_added(tier: Tier) -> None:
    base, new = feature_update()

    encoded = encode(base, new, EncoderOptions(tier=tier))

    assert decode(encoded.patch, base, len(new)) == new
    changed = sum(a != b for a, b in zip(base, new, strict=False))
    assert changed > len(new) // 2
    assert len(encoded.patch) < 420


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("architecture", list(ArchitectureNumber))
def test_every_architecture_round_trips_on_any_bytes(
    tier: Tier, architecture: ArchitectureNumber
) -> None:
    rng = random.Random(architecture)
    base = rng.randbytes(6000)
    new = base[:1000] + rng.randbytes(37) + base[1000:4000] + base[500:700] + base[4100:]
    options = EncoderOptions(tier=tier, architecture=architecture, load_addresses=(0, 256))

    encoded = encode(base, new, options)

    assert decode(encoded.patch, base, len(new)) == new
    assert len(encoded.patch) < 600


@settings(max_examples=60, deadline=None)
@given(
    base=st.binary(max_size=400),
    edits=st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 60), st.binary(max_size=40)), max_size=6
    ),
    tier=st.sampled_from(TIERS),
)
def test_any_edit_of_any_image_round_trips(
    base: bytes, edits: list[tuple[int, int, bytes]], tier: Tier
) -> None:
    new = base
    for at, removed, inserted in edits:
        new = new[:at] + inserted + new[at + removed :]

    encoded = encode(base, new, EncoderOptions(tier=tier))

    assert decode(encoded.patch, base, len(new)) == new
    assert len(encoded.patch) <= len(new) + 1


def test_the_architecture_and_the_load_address_are_found() -> None:
    base, new = feature_update(count=300)

    encoded = encode(base, new, EncoderOptions(tier=Tier.TINY))

    assert encoded.header.architecture is ArchitectureNumber.THUMB
    layout = encoded.header.layout
    assert layout is not None
    assert layout.base == (AddressRange(0, LOAD_ADDRESS, len(base)),)
    assert "pointers agree" in encoded.basis


def test_sections_that_differ_in_everything_are_left_out_until_the_header_fits() -> None:
    sections = [
        (
            AddressRange(0x10_0000 + number, 0x3F40_0021 + number * 0x1234_5678, 200_000 - number),
            AddressRange(0x01_0000 * number, 0x0123_4567 * number, 150_000 + 9 * number),
        )
        for number in range(8)
    ]

    layout = layout_of_largest(sections, RAM_PRESETS[2])
    header = PatchHeader(mode=Mode.TINY, architecture=ArchitectureNumber.XTENSA, layout=layout)

    assert 1 <= len(layout.base) < 6
    assert layout.base[0] == sections[0][0]
    # four coded bytes and five of the number of segments follow, all in less than 128 bytes
    assert len(header.to_bytes()) + 4 + 5 < 128


def test_random_bytes_are_stored_with_one_byte_of_header() -> None:
    rng = random.Random(1)
    base, new = rng.randbytes(3000), rng.randbytes(3000)

    encoded = encode(base, new)

    assert encoded.header.mode is Mode.STORED
    assert encoded.patch == b"\x30" + new


def test_a_change_of_one_byte_costs_a_few_bytes() -> None:
    rng = random.Random(2)
    base = rng.randbytes(50_000)
    new = base[:20_000] + bytes([base[20_000] ^ 1]) + base[20_001:]

    encoded = encode(base, new)

    assert decode(encoded.patch, base, len(new)) == new
    assert len(encoded.patch) <= 9


def test_without_scratch_flash_the_map_is_pruned_until_it_fits_in_memory() -> None:
    rng = random.Random(3)
    parts = [rng.randbytes(60) for _ in range(300)]
    base = b"".join(parts)
    new = b"".join(rng.sample(parts, len(parts)))

    with_scratch = encode(base, new, EncoderOptions(tier=Tier.TINY))
    without = encode(base, new, EncoderOptions(tier=Tier.TINY, scratch_flash_bytes=0))

    assert with_scratch.scratch_bytes > 0
    assert without.scratch_bytes == 0
    assert without.ram_bytes <= Tier.TINY.ram_limit_bytes
    assert len(with_scratch.patch) < len(without.patch)
    assert decode(without.patch, base, len(new)) == new


@pytest.mark.parametrize("tier", TIERS)
def test_every_tier_keeps_its_promise_of_memory(tier: Tier) -> None:
    base, new = feature_update()

    encoded = encode(base, new, EncoderOptions(tier=tier))

    assert encoded.ram_bytes <= tier.ram_limit_bytes


def test_the_same_inputs_give_the_same_patch() -> None:
    base, new = feature_update(seed=9)

    assert encode(base, new).patch == encode(base, new).patch


def test_images_for_two_slots_differ_by_little_when_both_addresses_are_known() -> None:
    base, _ = feature_update()
    delta = 0x2_0000
    new = bytearray(base)
    for at in range(0, len(new) - 3, 4):
        word = int.from_bytes(new[at : at + 4], "little")
        if LOAD_ADDRESS <= word < LOAD_ADDRESS + len(base):
            new[at : at + 4] = (word + delta).to_bytes(4, "little")
    options = EncoderOptions(
        architecture=ArchitectureNumber.THUMB,
        load_addresses=(LOAD_ADDRESS, LOAD_ADDRESS + delta),
    )

    encoded = encode(base, bytes(new), options)

    assert decode(encoded.patch, base, len(new)) == bytes(new)
    assert len(encoded.patch) < 40


def test_addresses_half_the_address_space_apart_are_encoded() -> None:
    """Differences of addresses are modulo 2^32, so they always fit the header's numbers."""
    here = AddressRange(offset=0, address=0x0800_0000, length=64)
    there = AddressRange(offset=0, address=0x9000_0000, length=64)

    encoded = there.to_bytes_beside(here)

    assert len(encoded) <= 7
    assert here.to_bytes_beside(there) != encoded
