"""What `--layout`, `--page` and `--stash` make of a device profile."""

import pytest

from device_apply.profile import DeviceProfile, LayoutKind
from device_apply.profile_toml import builtin_profile_text, parse_profile
from pipeline.errors import InputError
from pipeline.in_place.layouts import with_layout

TWO_SLOTS = parse_profile(builtin_profile_text("sensor-node"))
ONE_SLOT = parse_profile(builtin_profile_text("sensor-node-in-place"))


def areas_of(profile: DeviceProfile) -> tuple[int, int]:
    areas = profile.layout.in_place
    assert areas is not None
    return areas.page_bytes, areas.stash_pages


def test_without_a_wish_the_profile_stays_as_it_is() -> None:
    assert with_layout(TWO_SLOTS, None) == TWO_SLOTS
    assert with_layout(ONE_SLOT, None) == ONE_SLOT
    assert with_layout(ONE_SLOT, LayoutKind.IN_PLACE) == ONE_SLOT


def test_the_second_slot_becomes_program_journal_and_stash() -> None:
    layout = with_layout(TWO_SLOTS, LayoutKind.IN_PLACE, 4096, 3).layout
    areas = layout.in_place
    assert areas is not None
    parts = layout.slot_b.size_bytes + areas.journal.size_bytes + areas.stash.size_bytes

    assert (areas.page_bytes, areas.stash_pages) == (4096, 3)
    assert layout.slot_b.offset == TWO_SLOTS.layout.slot_b.offset
    assert parts == TWO_SLOTS.layout.slot_b.size_bytes


def test_page_and_stash_default_to_a_sector_and_two_pages() -> None:
    assert areas_of(with_layout(TWO_SLOTS, LayoutKind.IN_PLACE)) == (2048, 2)


def test_page_and_stash_of_a_one_slot_device_can_be_changed_alone() -> None:
    assert areas_of(with_layout(ONE_SLOT, None, page_bytes=4096)) == (4096, 2)
    assert areas_of(with_layout(ONE_SLOT, None, stash_pages=1)) == (2048, 1)


def test_overwriting_needs_nothing_but_the_second_slot() -> None:
    assert with_layout(TWO_SLOTS, LayoutKind.OVERWRITE).layout.kind is LayoutKind.OVERWRITE


@pytest.mark.parametrize(
    ("profile", "kind", "page_bytes", "stash_pages", "message"),
    [
        (TWO_SLOTS, LayoutKind.OVERWRITE, 4096, None, "for --layout in-place"),
        (TWO_SLOTS, None, None, 2, "for --layout in-place"),
        (TWO_SLOTS, LayoutKind.IN_PLACE, 1024, None, "page_bytes: 1024"),
        (TWO_SLOTS, LayoutKind.IN_PLACE, 65536, 4, "journal and stash take"),
        (ONE_SLOT, LayoutKind.AB, None, None, "room for one image"),
    ],
)
def test_what_a_device_cannot_be_is_refused_with_the_reason(
    profile: DeviceProfile,
    kind: LayoutKind | None,
    page_bytes: int | None,
    stash_pages: int | None,
    message: str,
) -> None:
    with pytest.raises(InputError, match=message):
        with_layout(profile, kind, page_bytes, stash_pages)
