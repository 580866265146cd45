"""A layout of just the size that one pair of images needs, on the flash of a device profile.

Every case of a sweep starts from a copy of the whole flash, so a flash of megabytes around an image
of kilobytes would be copied for nothing.
"""

from dataclasses import dataclass, replace
from typing import Final

from device_apply.profile import AbLayout, DeviceProfile, InPlaceAreas, LayoutKind, Region
from device_apply.wire.envelope import MAX_HEAD_BYTES

_SPARE_FRAGMENTS: Final = 8
_FRAGMENT_OVERHEAD_BYTES: Final = 12
_HEADER_BYTES: Final = 32
_JOURNAL_RECORDS: Final = 8
"""Of one bank, at least; a record is one write unit of at least 8 bytes."""
_STASH_PAGES: Final = 2


@dataclass
class _Flash:
    """Flash that is given away in whole sectors, one region behind the other."""

    sector_bytes: int
    used_bytes: int = 0

    def take(self, least_bytes: int) -> Region:
        size_bytes = least_bytes + -least_bytes % self.sector_bytes
        region = Region(offset=self.used_bytes, size_bytes=size_bytes)
        self.used_bytes = region.end
        return region


def compact_layout(
    profile: DeviceProfile, kind: LayoutKind, largest_image_bytes: int, fragment_bytes: int
) -> DeviceProfile:
    """Return the profile with all regions laid out anew."""
    unit_bytes = profile.flash.write_unit_bytes
    place_bytes = _FRAGMENT_OVERHEAD_BYTES + fragment_bytes
    place_bytes += -place_bytes % unit_bytes
    fragments = -(-largest_image_bytes // fragment_bytes) + _SPARE_FRAGMENTS
    scratch = profile.layout.scratch
    is_in_place = kind is LayoutKind.IN_PLACE
    flash = _Flash(profile.flash.sector_bytes)
    layout = AbLayout(
        kind=kind,
        slot_addressing=profile.layout.slot_addressing,
        slot_a=flash.take(largest_image_bytes),
        slot_b=flash.take(
            _program_bytes(flash, largest_image_bytes) if is_in_place else largest_image_bytes
        ),
        download=flash.take(_HEADER_BYTES + MAX_HEAD_BYTES + fragments * place_bytes),
        state=flash.take(2 * profile.state_bank_bytes),
        scratch=None if scratch is None else flash.take(scratch.size_bytes),
        in_place=_in_place_areas(flash, unit_bytes) if is_in_place else None,
    )
    return replace(
        profile, flash=replace(profile.flash, size_bytes=flash.used_bytes), layout=layout
    )


def _program_bytes(flash: _Flash, image_bytes: int) -> int:
    """Return room for a commit program: its head begins a sector, its extents another one.

    It never is much larger than an image that shares nothing with the base image.
    """
    return max(image_bytes * 5 // 4, 2 * flash.sector_bytes)


def _in_place_areas(flash: _Flash, write_unit_bytes: int) -> InPlaceAreas:
    """Return areas whose page is a sector."""
    bank = flash.take(_JOURNAL_RECORDS * max(8, write_unit_bytes))
    journal = replace(bank, size_bytes=2 * flash.take(bank.size_bytes).size_bytes)
    stash = flash.take(_STASH_PAGES * flash.sector_bytes)
    return InPlaceAreas(page_bytes=flash.sector_bytes, journal=journal, stash=stash)
