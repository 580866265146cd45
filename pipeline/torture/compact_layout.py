"""A layout of just the size that one pair of images needs, on the flash of a device profile.

Every case of a sweep starts from a copy of the whole flash, so a flash of megabytes around an image
of kilobytes would be copied for nothing.
"""

from collections.abc import Iterator
from dataclasses import replace

from device_apply.profile import AbLayout, DeviceProfile, LayoutKind, Region
from device_apply.wire.envelope import MAX_HEAD_BYTES
from pipeline.errors import InputError

_SPARE_FRAGMENTS = 8
_FRAGMENT_OVERHEAD_BYTES = 12
_HEADER_BYTES = 32
_STATE_BANKS = 2


def compact_layout(
    profile: DeviceProfile, kind: LayoutKind, largest_image_bytes: int, fragment_bytes: int
) -> DeviceProfile:
    """Return the profile with slots, download area and state region laid out anew.

    Raises:
        InputError: a layout of that kind cannot be derived.
    """
    if kind is LayoutKind.IN_PLACE:
        raise InputError("--layout in-place: needs a device profile that says where its areas are")
    unit_bytes = profile.flash.write_unit_bytes
    place_bytes = _FRAGMENT_OVERHEAD_BYTES + fragment_bytes
    place_bytes += -place_bytes % unit_bytes
    fragments = -(-largest_image_bytes // fragment_bytes) + _SPARE_FRAGMENTS
    scratch = profile.layout.scratch
    regions = _regions(
        profile,
        (
            largest_image_bytes,
            largest_image_bytes,
            _HEADER_BYTES + MAX_HEAD_BYTES + fragments * place_bytes,
            _STATE_BANKS * profile.state_bank_bytes,
            0 if scratch is None else scratch.size_bytes,
        ),
    )
    slot_a, slot_b, download, state, scratch_room = regions
    return replace(
        profile,
        flash=replace(profile.flash, size_bytes=scratch_room.end),
        layout=AbLayout(
            kind=kind,
            slot_addressing=profile.layout.slot_addressing,
            slot_a=slot_a,
            slot_b=slot_b,
            download=download,
            state=state,
            scratch=None if scratch is None else scratch_room,
        ),
    )


def _regions(profile: DeviceProfile, sizes_bytes: tuple[int, ...]) -> Iterator[Region]:
    """Yield regions of whole sectors, one behind the other."""
    offset = 0
    for size_bytes in sizes_bytes:
        region = Region(offset=offset, size_bytes=profile.flash.whole_sectors(size_bytes))
        yield region
        offset = region.end
