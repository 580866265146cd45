"""Device profiles: no profile describes a device that cannot exist."""

from dataclasses import replace

import pytest

from device_apply.errors import ProfileError
from device_apply.profile import AbLayout, DeviceProfile, FlashGeometry, Region, SlotAddressing
from device_apply.wire.payload_format import PayloadFormat
from tests.device_apply.small_device import SECTOR_BYTES, small_profile

PROFILE = small_profile()


def with_flash(**changes: int) -> FlashGeometry:
    fields = {"size_bytes": 0, "sector_bytes": 0, "write_unit_bytes": 0}
    unknown = set(changes) - set(fields)
    assert not unknown
    return FlashGeometry(
        base_address=0,
        size_bytes=changes.get("size_bytes", 64 * 512),
        sector_bytes=changes.get("sector_bytes", 512),
        write_unit_bytes=changes.get("write_unit_bytes", 4),
        erase_sector_ms=1.0,
        program_unit_us=1.0,
    )


def with_layout(layout: AbLayout) -> DeviceProfile:
    return replace(PROFILE, layout=layout)


def sectors(first: int, count: int) -> Region:
    return Region(offset=first * SECTOR_BYTES, size_bytes=count * SECTOR_BYTES)


@pytest.mark.parametrize("write_unit_bytes", [0, 3, 64, -1])
def test_write_units_that_no_part_has_are_refused(write_unit_bytes: int) -> None:
    with pytest.raises(ProfileError, match=r"^flash.write_unit_bytes: "):
        with_flash(write_unit_bytes=write_unit_bytes)


@pytest.mark.parametrize("sector_bytes", [0, 510, -512])
def test_sectors_of_broken_write_units_are_refused(sector_bytes: int) -> None:
    with pytest.raises(ProfileError, match=r"^flash.sector_bytes: "):
        with_flash(sector_bytes=sector_bytes)


@pytest.mark.parametrize("size_bytes", [0, 64 * 512 + 4, -512])
def test_a_flash_of_broken_sectors_is_refused(size_bytes: int) -> None:
    with pytest.raises(ProfileError, match=r"^flash.size_bytes: "):
        with_flash(size_bytes=size_bytes)


@pytest.mark.parametrize(
    ("size_bytes", "sectors_bytes"), [(0, 0), (1, 512), (512, 512), (513, 1024)]
)
def test_sizes_are_rounded_up_to_whole_sectors(size_bytes: int, sectors_bytes: int) -> None:
    assert with_flash().whole_sectors(size_bytes) == sectors_bytes


@pytest.mark.parametrize(
    "region",
    [
        Region(offset=16 * 512 + 4, size_bytes=512),
        Region(offset=16 * 512, size_bytes=500),
        Region(offset=16 * 512, size_bytes=0),
        Region(offset=-512, size_bytes=512),
    ],
)
def test_a_region_that_is_not_whole_sectors_is_refused(region: Region) -> None:
    with pytest.raises(
        ProfileError, match=r"^layout.download: must cover whole sectors of 512 bytes"
    ):
        with_layout(replace(PROFILE.layout, download=region))


def test_a_region_behind_the_flash_is_refused() -> None:
    with pytest.raises(ProfileError, match=r"^layout.download: ends behind the flash"):
        with_layout(replace(PROFILE.layout, download=sectors(40, 9)))


@pytest.mark.parametrize("first", [1, 7, 8, 15, 43, 44, 45])
def test_overlapping_regions_are_refused(first: int) -> None:
    with pytest.raises(ProfileError, match="overlaps layout"):
        with_layout(replace(PROFILE.layout, download=sectors(first, 3)))


def test_slots_of_different_size_are_refused() -> None:
    with pytest.raises(ProfileError, match=r"^layout.slot_b: must be as large as layout.slot_a"):
        with_layout(replace(PROFILE.layout, slot_b=sectors(8, 7)))


def test_a_state_region_without_two_banks_is_refused() -> None:
    with pytest.raises(ProfileError, match=r"^layout.state: needs at least 2048 bytes"):
        with_layout(replace(PROFILE.layout, state=sectors(45, 1)))


def test_a_state_region_of_broken_banks_is_refused() -> None:
    flash = replace(PROFILE.flash, size_bytes=49 * SECTOR_BYTES)

    with pytest.raises(ProfileError, match=r"^layout.state: not a multiple of its banks of 1024"):
        replace(PROFILE, flash=flash, layout=replace(PROFILE.layout, state=sectors(44, 5)))


def test_a_device_that_takes_no_full_images_is_refused() -> None:
    with pytest.raises(ProfileError, match="every device takes full images: add 'full'"):
        replace(PROFILE, appliers=frozenset({PayloadFormat.AIRDELTA}))


def test_small_sectors_make_larger_banks() -> None:
    flash = replace(PROFILE.flash, sector_bytes=128)
    state = Region(offset=44 * SECTOR_BYTES, size_bytes=15 * 128)

    with pytest.raises(ProfileError, match=r"^layout.state: needs at least 2048 bytes"):
        replace(PROFILE, flash=flash, layout=replace(PROFILE.layout, state=state))


def test_with_remapped_slots_both_run_at_the_address_of_slot_a() -> None:
    assert [PROFILE.slot_address(slot) for slot in (0, 1)] == [0x0800_0000, 0x0800_0000]


def test_with_one_address_per_slot_each_runs_where_it_lies() -> None:
    profile = small_profile(slot_addressing=SlotAddressing.PER_SLOT)

    assert [profile.slot_address(slot) for slot in (0, 1)] == [0x0800_0000, 0x0800_1000]


def test_a_slot_holds_what_its_region_holds() -> None:
    assert PROFILE.slot_bytes == 4096
    assert PROFILE.layout.slots == (PROFILE.layout.slot_a, PROFILE.layout.slot_b)
