"""Slots as sources and destinations."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.errors import ApplyFailed
from device_apply.profile import DeviceProfile
from device_apply.simulator.nor_flash import NorFlash
from device_apply.slots import SlotImage, SlotWriter, digest_of
from device_apply.wire.suit import SizedDigest
from tests.device_apply.small_device import SECTOR_BYTES, small_profile

IMAGE = random.Random(5).randbytes(1501)


def written(profile: DeviceProfile, pieces: list[bytes]) -> NorFlash:
    flash = NorFlash(profile.flash)
    writer = SlotWriter(flash, profile.layout.slot_b, sum(map(len, pieces)))
    for piece in pieces:
        writer.write(piece)
    writer.finish()
    return flash


@given(st.lists(st.integers(0, 1501), max_size=6), st.sampled_from([1, 2, 4, 8, 16, 32]))
def test_an_image_is_the_same_however_it_comes_in_pieces(
    cuts: list[int], write_unit_bytes: int
) -> None:
    profile = small_profile(write_unit_bytes)
    edges = [0, *sorted(cuts), len(IMAGE)]
    pieces = [IMAGE[start:end] for start, end in pairwise(edges)]
    flash = written(profile, pieces)
    image = SlotImage(flash, profile.layout.slot_b, len(IMAGE))

    assert image.read(0, image.size) == IMAGE
    assert digest_of(image) == SizedDigest.of(IMAGE)


def test_only_the_sectors_under_the_image_are_erased() -> None:
    profile = small_profile()
    flash = written(profile, [IMAGE])
    first = profile.layout.slot_b.offset // SECTOR_BYTES
    erased = [sector for sector, erases in enumerate(flash.erases_by_sector) if erases]

    assert erased == [first, first + 1, first + 2]


@pytest.mark.parametrize("size", [512, 1024, 256, 255, 257, 1])
def test_images_that_end_on_any_boundary_are_whole(size: int) -> None:
    profile = small_profile()
    flash = written(profile, [IMAGE[:size]])

    assert digest_of(SlotImage(flash, profile.layout.slot_b, size)) == SizedDigest.of(IMAGE[:size])


@pytest.mark.parametrize(("offset", "size"), [(-1, 1), (1500, 2), (1502, 0), (0, -1)])
def test_reading_outside_the_image_is_refused(offset: int, size: int) -> None:
    profile = small_profile()
    image = SlotImage(written(profile, [IMAGE]), profile.layout.slot_b, len(IMAGE))

    with pytest.raises(ApplyFailed, match="leaves the 1501 there are"):
        image.read(offset, size)
