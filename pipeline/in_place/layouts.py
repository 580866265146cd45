"""A device profile with another layout than its own: what `--layout`, `--page` and `--stash` mean.

A device with two slots becomes one with one: the flash of its second slot holds what the layout
needs instead, which is the staged image (overwrite) or program, journal and stash (in place).
"""

import itertools
from dataclasses import replace

from device_apply.errors import ProfileError
from device_apply.profile import AbLayout, DeviceProfile, InPlaceAreas, LayoutKind, Region
from pipeline.errors import InputError
from pipeline.in_place.planner import PageGeometry

_DEFAULT_STASH_PAGES = 2
_JOURNAL_RECORD_BYTES = 8
_RECORDS_PER_PAGE = 2
_RESUMES = 64


def with_layout(
    profile: DeviceProfile,
    kind: LayoutKind | None,
    page_bytes: int | None = None,
    stash_pages: int | None = None,
) -> DeviceProfile:
    """Return the profile with the layout that is asked for; None leaves what the profile says.

    Raises:
        InputError: the flash cannot be divided like that.
    """
    layout = profile.layout
    wanted = layout.kind if kind is None else kind
    if wanted is not LayoutKind.IN_PLACE:
        if page_bytes is not None or stash_pages is not None:
            raise InputError(f"--page and --stash are for --layout in-place, not for {wanted}")
        if layout.kind is LayoutKind.IN_PLACE:
            raise InputError(f"device {profile.name!r} has room for one image; it updates in place")
        return replace(profile, layout=replace(layout, kind=wanted))
    own = layout.in_place
    geometry = PageGeometry(
        page_bytes=page_bytes or (own.page_bytes if own else profile.flash.sector_bytes),
        stash_pages=_stash_pages(own, stash_pages),
    )
    if own is not None and page_bytes is None and stash_pages is None:
        return profile
    try:
        return replace(profile, layout=_in_place(profile, geometry))
    except ProfileError as error:
        raise InputError(f"--layout in-place: device {profile.name!r}: {error}") from error


def _stash_pages(own: InPlaceAreas | None, wanted: int | None) -> int:
    if wanted is not None:
        return wanted
    return own.stash_pages if own else _DEFAULT_STASH_PAGES


def _in_place(profile: DeviceProfile, geometry: PageGeometry) -> AbLayout:
    """Divide the flash behind the first slot: program, journal, stash."""
    layout, flash = profile.layout, profile.flash
    area = _spare_area(layout)
    pages = -(-layout.slot_a.size_bytes // geometry.page_bytes)
    record_bytes = max(_JOURNAL_RECORD_BYTES, flash.write_unit_bytes)
    bank_bytes = flash.whole_sectors((_RECORDS_PER_PAGE * pages + _RESUMES) * record_bytes)
    stash_bytes = geometry.stash_pages * geometry.page_bytes
    program_bytes = area.size_bytes - 2 * bank_bytes - stash_bytes
    if program_bytes <= 0:
        raise ProfileError(
            f"journal and stash take {2 * bank_bytes + stash_bytes} bytes, "
            f"and there are {area.size_bytes} behind the slot"
        )
    program = Region(offset=area.offset, size_bytes=program_bytes)
    journal = Region(offset=program.end, size_bytes=2 * bank_bytes)
    stash = Region(offset=journal.end, size_bytes=stash_bytes)
    areas = InPlaceAreas(page_bytes=geometry.page_bytes, journal=journal, stash=stash)
    return replace(layout, kind=LayoutKind.IN_PLACE, slot_b=program, in_place=areas)


def _spare_area(layout: AbLayout) -> Region:
    """Return the second slot, or what an in-place layout made of it."""
    if layout.in_place is None:
        return layout.slot_b
    areas = (layout.slot_b, layout.in_place.journal, layout.in_place.stash)
    ordered = sorted(areas, key=lambda area: area.offset)
    if any(a.end != b.offset for a, b in itertools.pairwise(ordered)):
        raise ProfileError("program, journal and stash are apart; change them in the profile")
    size_bytes = sum(area.size_bytes for area in areas)
    return Region(offset=ordered[0].offset, size_bytes=size_bytes)
