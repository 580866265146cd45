"""The plan of a commit in place, held against the device that executes it."""

import pytest

from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status
from device_apply.flash_model.native import Native
from device_apply.profile import FlashGeometry
from pipeline.errors import InputError
from pipeline.in_place.planner import (
    LEAST_PLAN_BYTES,
    InPlacePlan,
    PageGeometry,
    UnplannableError,
    plan_in_place,
)
from tests.device_apply.core_device.in_place_cases import InPlaceCase, patch_of
from tests.device_apply.core_device.native_build import shipped

CASE = InPlaceCase(256, pages=30)
FLASH = FlashGeometry(
    base_address=0,
    size_bytes=1 << 20,
    sector_bytes=256,
    write_unit_bytes=8,
    erase_sector_ms=20.0,
    program_unit_us=50.0,
)


@pytest.fixture(scope="module")
def native() -> Native:
    return shipped()


def plan_for(case: InPlaceCase, stash_pages: int = 2) -> InPlacePlan:
    geometry = PageGeometry(page_bytes=case.page_bytes, stash_pages=stash_pages)
    patch = patch_of(case.base, case.new_image)
    return plan_in_place(case.base, case.new_image, patch, geometry, sector_bytes=case.page_bytes)


def staged_program_bytes(case: InPlaceCase, bench: Bench) -> int:
    program = case.setup().layout.slot_b
    return int.from_bytes(bench.read_flash(program.end - 8, 4), "little") - program.offset


def test_the_program_is_exactly_as_large_as_planned(native: Native) -> None:
    plan = plan_for(CASE)
    planned = InPlaceCase(256, pages=30, plan=plan.runs)
    bench = planned.staged(native)

    assert staged_program_bytes(planned, bench) == plan.program_bytes - 8
    assert planned.payload == plan.prefix + patch_of(planned.base, planned.new_image)


def test_a_planned_update_makes_the_new_image(native: Native) -> None:
    planned = InPlaceCase(256, pages=30, plan=plan_for(CASE).runs)
    bench = planned.staged(native)

    assert bench.boot() is Status.OK
    assert bench.slot_is(0, planned.new_image)


def test_the_order_found_loses_less_than_the_device_s_own(native: Native) -> None:
    plan = plan_for(CASE)
    own = staged_program_bytes(CASE, CASE.staged(native))

    assert plan.program_bytes < 0.8 * own
    assert plan.lost_bytes < len(CASE.new_image) / 10


def test_more_stash_never_loses_more() -> None:
    lost = [plan_for(CASE, places).lost_bytes for places in (0, 1, 2, 4, 8)]

    assert lost == sorted(lost, reverse=True)
    assert lost[-1] == 0


def test_a_plan_takes_at_most_a_percent_of_the_patch_or_32_bytes() -> None:
    plan = plan_for(CASE)

    assert len(plan.prefix) <= max(LEAST_PLAN_BYTES, plan.patch_bytes // 100)


def test_the_plan_is_the_same_every_time() -> None:
    assert plan_for(CASE) == plan_for(CASE)


def test_changed_pages_are_erased_once_and_stashed_at_most_once() -> None:
    plan = plan_for(CASE)

    assert plan.changed_pages == 28
    assert plan.page_erases <= 2 * plan.changed_pages
    assert plan.stash_wear <= 30 / 2 + 2


def test_costs_follow_from_the_flash() -> None:
    plan = plan_for(CASE)
    records = plan.changed_pages + plan.stashed_pages + 1
    programmed_units = plan.page_erases * 256 // 8 + records

    assert plan.journal_bytes(FLASH) == 2 * FLASH.whole_sectors((records + 64) * 8)
    assert plan.seconds(FLASH) == pytest.approx(
        plan.erases(FLASH) * 0.020 + programmed_units * 50e-6
    )


@pytest.mark.parametrize(("page_bytes", "stash_pages"), [(0, 2), (3000, 2), (4096, 9), (4096, -1)])
def test_a_geometry_that_no_device_has_is_refused(page_bytes: int, stash_pages: int) -> None:
    with pytest.raises(InputError, match=r"--page|--stash"):
        PageGeometry(page_bytes=page_bytes, stash_pages=stash_pages)


def test_a_patch_for_other_images_has_no_plan() -> None:
    geometry = PageGeometry(page_bytes=256, stash_pages=2)
    patch = patch_of(CASE.base, CASE.new_image)

    with pytest.raises(UnplannableError, match="does not turn"):
        plan_in_place(CASE.new_image, CASE.base, patch, geometry, sector_bytes=256)


def test_images_beyond_three_byte_offsets_have_no_plan() -> None:
    geometry = PageGeometry(page_bytes=4096, stash_pages=2)

    with pytest.raises(UnplannableError, match="16777216"):
        plan_in_place(bytes(1 << 24), b"", b"", geometry, sector_bytes=4096)
