"""A device with one slot, whose bootloader makes the new image out of the old one in its place.

A failing case is printed as one line; `AIRDELTA_REPLAY_IN_PLACE=<line>` runs just that case again.
"""

import os
from collections.abc import Iterator

import pytest

from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status, Verdict
from device_apply.core.device.sweep import SweepReport
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan, parse_cuts
from tests.device_apply.core_device.in_place_cases import (
    CASES,
    FRAGMENT_BYTES,
    InPlaceCase,
)
from tests.device_apply.small_device import NEW_COUNTER, VERIFIER

PAGES = CASES["pages-128"]
IMAGE_24K = InPlaceCase(2048, pages=12, plan=bytes([0, 11 * 4 + 2 + 1]))
IMAGE_320K = InPlaceCase(4096, pages=80)
REPLAY = os.environ.get("AIRDELTA_REPLAY_IN_PLACE", "pages-128/90:torn:3+2:unsettled:99")
TRIAL_BOOTS = 3
STATED_AGAIN = 1
"""Operations of a boot that changes nothing: it states the state again."""


def require_no_failure(name: str, report: SweepReport) -> None:
    assert report.cases > 0
    assert report.failures == 0, (
        f"{report.failures} of {report.cases} cases failed, the first with "
        f"{report.first_verdict.name} ({report.first_status.name}); "
        f"replay: AIRDELTA_REPLAY_IN_PLACE={name}/{report.first_failure} "
        "pytest -k replayed tests/device_apply/core_device/test_in_place.py"
    )


def page_erases(case: InPlaceCase, bench: Bench, offset: int) -> int:
    sector = case.page_bytes // case.sectors_per_page
    return int(
        bench.native.lib.flash_model_sector_erases(
            bench.native.lib.bench_flash(bench.handle), offset // sector
        )
    )


def changed_pages(case: InPlaceCase) -> Iterator[tuple[int, bool]]:
    """Every page of the new image, and whether it differs from the base image."""
    for start in range(0, len(case.new_image), case.page_bytes):
        end = min(start + case.page_bytes, len(case.new_image))
        yield start, case.base[start:end] != case.new_image[start:end]


def committed(native: Native, case: InPlaceCase = PAGES) -> Bench:
    bench = case.staged(native)
    assert bench.boot() is Status.OK
    return bench


def cut_in_the_commit(native: Native, operation: int = 30) -> Bench:
    bench = PAGES.staged(native)
    bench.plan_cut(PowerCutPlan(operation=operation, variant=CutVariant.TORN, seed=1))
    assert bench.boot() is Status.POWER_LOST
    bench.plan_cut(None)
    return bench


@pytest.mark.parametrize("name", CASES)
def test_the_new_image_is_made_in_place_and_confirmed(native: Native, name: str) -> None:
    case = CASES[name]
    bench = committed(native, case)

    assert bench.slot_is(0, case.new_image)
    assert bench.confirm() is Status.OK
    assert bench.state().security_counter == NEW_COUNTER


@pytest.mark.parametrize("name", CASES)
def test_changed_pages_are_erased_once_and_others_never(native: Native, name: str) -> None:
    case = CASES[name]
    bench = case.staged(native)
    before = {at: page_erases(case, bench, at) for at, _ in changed_pages(case)}
    assert bench.boot() is Status.OK

    for at, is_changed in changed_pages(case):
        assert page_erases(case, bench, at) - before[at] == is_changed


def test_stash_pages_wear_evenly(native: Native) -> None:
    bench = committed(native)
    areas = PAGES.setup().layout.in_place
    assert areas is not None
    offsets = range(areas.stash.offset, areas.stash.end, PAGES.page_bytes)
    erases = [page_erases(PAGES, bench, offset) for offset in offsets]

    assert max(erases) <= PAGES.pages / PAGES.stash_pages + 2
    assert max(erases) - min(erases) <= 1


def test_booting_again_after_success_changes_nothing(native: Native) -> None:
    bench = committed(native)
    assert bench.confirm() is Status.OK
    bench.boot()
    before = bench.usage().operations
    bench.boot()

    assert bench.usage().operations - before == STATED_AGAIN


def test_a_case_can_be_replayed_by_its_name(native: Native) -> None:
    name, cuts = REPLAY.split("/")
    result = CASES[name].sweep(native).run(parse_cuts(cuts))

    assert result.verdict is Verdict.OK, result


@pytest.mark.parametrize("name", CASES)
def test_one_cut_anywhere_leaves_a_device_that_finishes(native: Native, name: str) -> None:
    sweep = CASES[name].sweep(native)

    require_no_failure(name, sweep.single_cuts(1, sweep.operations(), seed=0))


@pytest.mark.parametrize("name", CASES)
def test_up_to_nine_cuts_in_a_row_leave_a_device_that_finishes(native: Native, name: str) -> None:
    require_no_failure(name, CASES[name].sweep(native).drawn_cuts(0, 300, 9))


def test_sampled_cuts_of_the_commit_of_a_24_kb_image_are_survived(native: Native) -> None:
    sweep = IMAGE_24K.commit_sweep(native)
    for operation in range(1, sweep.operations(), 23):
        require_no_failure("image-24k", sweep.single_cuts(operation, operation, seed=5))


@pytest.mark.slow
def test_every_cut_of_the_commit_of_a_24_kb_image_is_survived(native: Native) -> None:
    sweep = IMAGE_24K.commit_sweep(native)

    require_no_failure("image-24k", sweep.single_cuts(1, sweep.operations(), seed=5))


@pytest.mark.slow
def test_sampled_cuts_of_the_commit_of_a_320_kb_image_are_survived(native: Native) -> None:
    sweep = IMAGE_320K.commit_sweep(native)
    for operation in range(1, sweep.operations(), 149):
        require_no_failure("image-320k", sweep.single_cuts(operation, operation, seed=6))


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_ten_thousand_cases_of_many_cuts_leave_a_device_that_finishes(
    native: Native, name: str
) -> None:
    require_no_failure(name, CASES[name].sweep(native).drawn_cuts(1_000, 10_000, 9))


@pytest.mark.parametrize("variant", list(CutVariant))
@pytest.mark.parametrize("name", CASES)
def test_an_update_in_place_finishes_though_no_boot_lasts_for_long(
    native: Native, name: str, variant: CutVariant
) -> None:
    result = CASES[name].sweep(native).short_boots(64, variant)

    assert result.verdict is Verdict.OK, result


def test_the_old_image_runs_until_the_commit_is_permitted(native: Native) -> None:
    bench = PAGES.staged(native)
    bench.permit(may_commit=False)

    assert bench.boot() is Status.OK
    assert bench.slot_is(0, PAGES.base)
    bench.permit(may_commit=True)
    assert bench.boot() is Status.OK
    assert bench.slot_is(0, PAGES.new_image)


def test_a_commit_that_began_is_finished_without_asking_again(native: Native) -> None:
    bench = cut_in_the_commit(native)
    bench.permit(may_commit=False)

    assert bench.boot() is Status.OK
    assert bench.slot_is(0, PAGES.new_image)


def test_an_image_that_never_confirms_is_given_up_and_recovery_is_asked_for(
    native: Native,
) -> None:
    bench = PAGES.staged(native)
    for _ in range(TRIAL_BOOTS):
        assert bench.boot() is Status.OK

    assert bench.boot() is Status.NOTHING_BOOTS


def test_a_wrong_base_image_ends_before_anything_is_erased_in_the_slot(native: Native) -> None:
    bench = PAGES.downloaded(native)
    bench.protect(0, PAGES.setup().layout.slot_a.size_bytes)
    wrong = bytearray(PAGES.base)
    wrong[700] ^= 1
    bench.protect(0, 0)
    assert bench.put_image(0, bytes(wrong)) is Status.OK
    bench.protect(0, PAGES.setup().layout.slot_a.size_bytes)

    assert bench.install() is Status.REJECTED_REHEARSAL
    assert bench.usage().traps == 0


def test_a_program_that_faded_before_the_commit_is_not_begun(native: Native) -> None:
    bench = PAGES.staged(native)
    bench.erase_flash(PAGES.setup().layout.slot_b.offset)

    assert bench.boot() is Status.OK
    assert bench.slot_is(0, PAGES.base)
    assert bench.offer(PAGES.head, FRAGMENT_BYTES) is Status.OK


def test_a_page_that_is_not_what_the_application_saw_ends_the_commit(native: Native) -> None:
    """Rule 22: a byte that an extent puts into a page faded, so nothing is tried."""
    case = CASES["unit-1"]
    bench = case.staged(native)
    program = case.setup().layout.slot_b
    bench.program_flash(program.offset + case.page_bytes + 2, bytes(1))

    assert bench.boot() is Status.FLASH_FAILED


def test_nothing_of_the_slot_changes_while_an_update_is_compiled(native: Native) -> None:
    bench = PAGES.downloaded(native)
    bench.protect(0, PAGES.setup().layout.slot_a.size_bytes)

    assert bench.install() is Status.OK
    assert bench.usage().traps == 0


def test_what_was_staged_of_one_package_means_nothing_to_the_next(native: Native) -> None:
    """Rule 16b: power fails when half of a program is there, then another update is offered."""
    other = InPlaceCase(128, release=2)
    bench = PAGES.downloaded(native)
    while not bench.staged_bytes():
        assert bench.install_slice() is Status.BUSY
    bench.trust(other.head, VERIFIER)
    assert bench.boot() is Status.OK

    assert bench.offer(other.head, FRAGMENT_BYTES) is Status.OK
    assert bench.deliver(other.payload, FRAGMENT_BYTES) is Status.OK
    assert bench.install() is Status.OK
    assert bench.boot() is Status.OK
    assert bench.slot_is(0, other.new_image)


@pytest.mark.parametrize(
    ("fault", "plan"),
    [
        ("a page twice", bytes([0, 12 * 4 + 1, 1, 0])),
        ("a page too few", bytes([0, 12 * 4 + 1])),
        ("a page that is none", bytes([0, 14 * 4 + 1])),
        ("endless", b"\xff" * 40),
    ],
)
def test_a_plan_that_does_not_take_every_page_once_is_refused(
    native: Native, fault: str, plan: bytes
) -> None:
    bench = InPlaceCase(128, plan=plan).downloaded(native)

    assert bench.install() is Status.REJECTED_REHEARSAL, fault


def test_a_program_that_does_not_fit_its_area_is_refused_with_the_slot_untouched(
    native: Native,
) -> None:
    bench = InPlaceCase(128, program_bytes=512).downloaded(native)
    bench.protect(0, PAGES.setup().layout.slot_a.size_bytes)

    assert bench.install() is Status.FAILED_STAGING
    assert bench.usage().traps == 0
    assert bench.boot() is Status.OK
