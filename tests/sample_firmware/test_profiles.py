"""The device profiles of the sample firmware fit its images."""

import pytest

from device_apply.profile import SlotAddressing
from device_apply.profile_toml import builtin_profile_text, parse_profile
from sample_firmware import image_path
from tests.sample_firmware.image_list import IMAGES, LINK_ADDRESSES


def test_slots_of_the_execute_in_place_profile_are_where_images_are_linked() -> None:
    profile = parse_profile(builtin_profile_text("sensor-node-xip"))

    assert profile.layout.slot_addressing is SlotAddressing.PER_SLOT
    assert profile.slot_address(0) == LINK_ADDRESSES["cm3"]
    assert profile.slot_address(1) == LINK_ADDRESSES["cm3-slotb"]


def test_both_slots_of_the_remapping_profile_run_at_the_address_of_slot_a() -> None:
    profile = parse_profile(builtin_profile_text("sensor-node"))

    assert profile.slot_address(0) == profile.slot_address(1) == LINK_ADDRESSES["cm3"]


def test_the_profiles_differ_in_slot_addressing_alone() -> None:
    remap = builtin_profile_text("sensor-node")
    in_place = builtin_profile_text("sensor-node-xip")
    bare = [line.split("#")[0].strip() for line in remap.splitlines()]
    bare_in_place = [line.split("#")[0].strip() for line in in_place.splitlines()]
    differing = [
        (left, right) for left, right in zip(bare, bare_in_place, strict=True) if left != right
    ]

    assert differing == [
        ('name = "sensor-node"', 'name = "sensor-node-xip"'),
        ('slot_addressing = "remap"', 'slot_addressing = "per-slot"'),
    ]


@pytest.mark.parametrize(("target", "version"), IMAGES)
def test_every_image_fits_a_slot_and_the_download_area(target: str, version: str) -> None:
    layout = parse_profile(builtin_profile_text("sensor-node")).layout
    size = image_path(version, target).stat().st_size

    assert size <= min(layout.slot_a.size_bytes, layout.download.size_bytes)
