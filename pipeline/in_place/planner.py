"""The plan of a commit in place: page order and stash, found by a bounded search, and its price.

A device with one slot writes the pages of the new image one by one, each out of base bytes that are
still in the slot or kept in the stash (docs/IN_PLACE.md). What is gone when a page is built
has to be spelled out in the commit program. The host chooses the order, knows by the device's own C
sources what the program then takes, and sends the order along with the patch.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

from device_apply.profile import FlashGeometry
from pipeline.errors import InputError
from pipeline.in_place._planner import ffi, lib

PLAN_HEAD_BYTES: Final = 4
"""Mark with the number of stash pages, page size, length of the plan."""
PLAN_MARK: Final = 0xF0
MOST_STASH_PAGES: Final = 8
"""`AIRDELTA_MOST_STASH_PAGES`."""
MOST_IMAGE_BYTES: Final = 1 << 24
"""Program offsets have three bytes."""
LEAST_PLAN_BYTES: Final = 32
"""What a plan may take of the smallest package."""
_PLAN_SHARE: Final = 0.01
_SEARCH_WORK: Final = 40_000_000
"""Reads looked at by the search in total: about a second."""
_MOST_ROUNDS: Final = 40_000
_SEARCH_STARTS: Final = 4
_MOST_RUN_BYTES: Final = 1 << 15
_PROGRAM_END_BYTES: Final = 8
_JOURNAL_RECORD_BYTES: Final = 8
_JOURNAL_BANKS: Final = 2
_RESUMES: Final = 64
"""Boots in a row that the journal has room for before it changes banks."""


class UnplannableError(Exception):
    """The patch cannot be committed in place; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageGeometry:
    """How a device divides slot and stash."""

    page_bytes: int
    stash_pages: int

    def __post_init__(self) -> None:
        """Refuse what no device accepts.

        Raises:
            InputError: the page is no power of two, or there are too many stash pages.
        """
        if self.page_bytes < 1 or self.page_bytes & (self.page_bytes - 1):
            raise InputError(f"--page: {self.page_bytes} is not a power of two")
        if not 0 <= self.stash_pages <= MOST_STASH_PAGES:
            raise InputError(f"--stash: {self.stash_pages} is not from 0 to {MOST_STASH_PAGES}")


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlacePlan:
    """An order for the pages, and exactly what committing in it takes."""

    geometry: PageGeometry
    runs: bytes
    """The plan as the device reads it."""
    patch_bytes: int
    program_bytes: int
    """Of the program's area, with the filler behind its head."""
    head_bytes: int
    extents_bytes: int
    segments: int
    changed_pages: int
    stashed_pages: int
    """Copies to the stash, not places in it."""
    lost_bytes: int
    """Base bytes that are gone when their page is built, and are spelled out instead."""

    @property
    def prefix(self) -> bytes:
        """What comes before the patch in the payload."""
        page_log2 = self.geometry.page_bytes.bit_length() - 1
        head = bytes([PLAN_MARK + self.geometry.stash_pages, page_log2])
        return head + len(self.runs).to_bytes(2, "little") + self.runs

    @property
    def stash_wear(self) -> int:
        """Most erases of one stash page: places are used in turn."""
        places = self.geometry.stash_pages
        return math.ceil(self.stashed_pages / places) if places else 0

    @property
    def page_erases(self) -> int:
        """Erases of whole pages, in slot and stash; pages that do not change are not erased."""
        return self.changed_pages + self.stashed_pages

    def journal_bytes(self, flash: FlashGeometry) -> int:
        """Return the size of a journal that a commit goes through without changing banks."""
        record_bytes = max(_JOURNAL_RECORD_BYTES, flash.write_unit_bytes)
        records = self.changed_pages + self.stashed_pages + 1 + _RESUMES
        return _JOURNAL_BANKS * flash.whole_sectors(records * record_bytes)

    def erases(self, flash: FlashGeometry) -> int:
        """Return the sectors that the bootloader erases: pages, and the journal once more."""
        sectors = self.page_erases * self.geometry.page_bytes // flash.sector_bytes
        journal = self.journal_bytes(flash) // flash.sector_bytes
        return sectors + journal + journal // _JOURNAL_BANKS

    def seconds(self, flash: FlashGeometry) -> float:
        """Return how long the flash is busy while the bootloader commits, typically."""
        record_bytes = max(_JOURNAL_RECORD_BYTES, flash.write_unit_bytes)
        records = self.changed_pages + self.stashed_pages + 1
        programmed = self.page_erases * self.geometry.page_bytes + records * record_bytes
        units = programmed // flash.write_unit_bytes
        return (
            self.erases(flash) * flash.erase_sector_ms / 1e3 + units * flash.program_unit_us / 1e6
        )


def most_plan_bytes(package_bytes: int) -> int:
    """Return what a plan may take of a package, its head included."""
    return max(LEAST_PLAN_BYTES, int(package_bytes * _PLAN_SHARE))


def plan_in_place(
    base: bytes,
    new: bytes,
    patch: bytes,
    geometry: PageGeometry,
    *,
    sector_bytes: int,
    plan_limit_bytes: int | None = None,
) -> InPlacePlan:
    """Find an order for the pages and compile the program that the device will.

    Args:
        base: the image in the slot.
        new: the image that the patch makes of it.
        patch: an airdelta patch.
        geometry: page size and stash of the device.
        sector_bytes: erase unit of the area that the program is written to.
        plan_limit_bytes: bytes that the plan may take; None: `most_plan_bytes` of the patch.

    Raises:
        UnplannableError: the images are too large, or the patch does not turn one into the other.
    """
    if max(len(base), len(new)) >= MOST_IMAGE_BYTES:
        raise UnplannableError(f"images of {MOST_IMAGE_BYTES} bytes and more have no program")
    limit = most_plan_bytes(len(patch)) if plan_limit_bytes is None else plan_limit_bytes
    images = ffi.new("struct in_place_images *")
    kept = [ffi.from_buffer(data) for data in (base, new, patch)]
    images.base, images.new_, images.patch = (ffi.cast("uint8_t *", data) for data in kept)
    images.base_bytes, images.new_bytes, images.patch_bytes = len(base), len(new), len(patch)
    images.page_bytes, images.sector_bytes = geometry.page_bytes, sector_bytes
    handle = lib.in_place_open(images)
    if handle == ffi.NULL:
        raise UnplannableError("the patch does not turn the base image into the new one")
    try:
        return _plan(handle, images, geometry, limit - PLAN_HEAD_BYTES)
    finally:
        lib.in_place_close(handle)


def _plan(handle: Any, images: Any, geometry: PageGeometry, limit_bytes: int) -> InPlacePlan:  # noqa: ANN401 (cffi data)
    found = ffi.new("struct plan_found *")
    plan = _search(handle, images, geometry, max(limit_bytes, 0), found)
    program = ffi.new("struct in_place_program *")
    if not lib.in_place_compile(handle, plan, len(plan), geometry.stash_pages, program):
        raise UnplannableError("the program does not make the new image")
    return InPlacePlan(
        geometry=geometry,
        runs=plan,
        patch_bytes=images.patch_bytes,
        program_bytes=program.extents_at + program.extents_bytes + _PROGRAM_END_BYTES,
        head_bytes=program.head_bytes,
        extents_bytes=program.extents_bytes,
        segments=program.segments,
        changed_pages=program.changed_pages,
        stashed_pages=found.stashed_pages,
        lost_bytes=found.lost_bytes,
    )


def _search(
    handle: Any,  # noqa: ANN401 (cffi data)
    images: Any,  # noqa: ANN401 (cffi data)
    geometry: PageGeometry,
    limit_bytes: int,
    found: Any,  # noqa: ANN401 (cffi data)
) -> bytes:
    """Return the runs of the best plan that `limit_bytes` hold, and fill `found`."""
    pages = -(-images.new_bytes // geometry.page_bytes)
    base_pages = -(-images.base_bytes // geometry.page_bytes)
    is_changed = ffi.new("uint8_t[]", max(pages, base_pages) + 1)
    lib.in_place_changed(handle, is_changed)
    count = lib.in_place_reads(handle, ffi.NULL, 0)
    reads = ffi.new("struct plan_read[]", count + 1)
    lib.in_place_reads(handle, reads, count)
    problem = ffi.new("struct plan_problem *")
    problem.reads, problem.read_count, problem.is_changed = reads, count, is_changed
    problem.pages, problem.base_pages = pages, base_pages
    problem.stash_pages, problem.most_plan_bytes = geometry.stash_pages, limit_bytes
    problem.rounds = min(_MOST_ROUNDS, _SEARCH_WORK // (_SEARCH_STARTS * (count + pages + 1)))
    runs = ffi.new("uint8_t[]", _MOST_RUN_BYTES)
    if not lib.plan_search(problem, runs, found):
        raise MemoryError
    return bytes(ffi.buffer(runs, found.plan_bytes))
