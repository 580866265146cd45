"""Candidates for a device that commits in place: the plan joins the patch, its price is known."""

from dataclasses import replace
from typing import Final

from device_apply.profile import DeviceProfile, InPlaceAreas, LayoutKind
from device_apply.wire.payload_format import PayloadFormat
from pipeline.engines.contract import Candidate
from pipeline.in_place.planner import PageGeometry, UnplannableError, plan_in_place
from pipeline.packaging.obstacle import Obstacle, ObstacleKind

PROGRAM: Final = "in_place_program_bytes"
JOURNAL: Final = "in_place_journal_bytes"
STASH_PAGES: Final = "in_place_stash_pages"
STASH_COPIES: Final = "in_place_stash_copies"
ERASES: Final = "in_place_erases"
MILLISECONDS: Final = "in_place_ms"
PLAN: Final = "in_place_plan_bytes"
"""Parameters of a planned candidate, as the build record has them."""

_LITERAL_FACTOR: Final = 62 / 60
"""Of a program that spells everything out: a token of two bytes for every 60."""
_PAGE_OVERHEAD_BYTES: Final = 16
_HEAD_BYTES: Final = 1024


def planned(candidate: Candidate, base: bytes, new: bytes, profile: DeviceProfile) -> Candidate:
    """Return the candidate with the plan of its commit, if the device commits patches in place."""
    areas = profile.layout.in_place
    if areas is None or candidate.payload_format is not PayloadFormat.AIRDELTA:
        return candidate
    geometry = PageGeometry(page_bytes=areas.page_bytes, stash_pages=areas.stash_pages)
    try:
        plan = plan_in_place(
            base, new, candidate.payload, geometry, sector_bytes=profile.flash.sector_bytes
        )
    except UnplannableError:
        return candidate  # the device then has its own order, and `in_place_obstacle` the last word
    facts = {
        PLAN: len(plan.prefix),
        PROGRAM: plan.program_bytes,
        JOURNAL: plan.journal_bytes(profile.flash),
        STASH_PAGES: geometry.stash_pages,
        STASH_COPIES: plan.stashed_pages,
        ERASES: plan.erases(profile.flash),
        MILLISECONDS: round(plan.seconds(profile.flash) * 1e3),
    }
    return replace(
        candidate,
        payload=plan.prefix + candidate.payload,
        parameters={**candidate.parameters, **facts},
    )


def in_place_obstacle(
    candidate: Candidate, new_size: int, profile: DeviceProfile
) -> Obstacle | None:
    """Return why the areas of a device that commits in place do not hold what the commit takes."""
    areas = profile.layout.in_place
    if areas is None or profile.layout.kind is not LayoutKind.IN_PLACE:
        return None
    known = candidate.parameters.get(PROGRAM)
    program_bytes = known if isinstance(known, int) else _most_program_bytes(new_size, areas)
    room_bytes = profile.layout.slot_b.size_bytes
    if program_bytes <= room_bytes:
        return None
    sort = "takes" if isinstance(known, int) else "may take"
    return Obstacle(
        ObstacleKind.PROGRAM_AREA,
        f"the commit program {sort} {program_bytes} bytes, its area has {room_bytes}",
    )


def _most_program_bytes(new_size: int, areas: InPlaceAreas) -> int:
    """Return the size of a program that can take nothing from the base image."""
    pages = -(-new_size // areas.page_bytes)
    return int(new_size * _LITERAL_FACTOR) + pages * _PAGE_OVERHEAD_BYTES + _HEAD_BYTES
