"""Power cuts at every flash operation of an update, and several in a row: every boot is checked.

A failing case is printed as one line; `AIRDELTA_REPLAY=<line>` runs just that case again.
"""

import os

import pytest

from device_apply.core.device.status import Verdict
from device_apply.core.device.sweep import SweepReport
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan, parse_cuts
from tests.device_apply.core_device.scenarios import SCENARIOS

SMALL_SCENARIOS = [name for name in SCENARIOS if not name.startswith(("image-", "many-"))]
REPLAY = os.environ.get("AIRDELTA_REPLAY", "pages-128/17:torn:3+2:unsettled:99")


def require_no_failure(name: str, report: SweepReport) -> None:
    assert report.cases > 0
    assert report.failures == 0, (
        f"{report.failures} of {report.cases} cases failed, the first with "
        f"{report.first_verdict.name} ({report.first_status.name}); "
        f"replay: AIRDELTA_REPLAY={name}/{report.first_failure} "
        "pytest -k replayed tests/device_apply/core_device"
    )


def test_a_case_can_be_replayed_by_its_name(native: Native) -> None:
    name, cuts = REPLAY.split("/")
    result = SCENARIOS[name].sweep(native).run(parse_cuts(cuts))

    assert result.verdict is Verdict.OK, result


@pytest.mark.parametrize("name", SMALL_SCENARIOS)
def test_one_cut_anywhere_leaves_base_or_new_and_the_update_can_finish(
    native: Native, name: str
) -> None:
    sweep = SCENARIOS[name].sweep(native)
    report = sweep.single_cuts(1, sweep.operations(), seed=0)

    assert report.cases == sweep.operations() * len(CutVariant)
    require_no_failure(name, report)


@pytest.mark.parametrize("name", SMALL_SCENARIOS)
def test_up_to_nine_cuts_in_a_row_leave_base_or_new(native: Native, name: str) -> None:
    report = SCENARIOS[name].sweep(native).drawn_cuts(0, 150, 9)

    assert report.boots > 5 * report.cases
    require_no_failure(name, report)


@pytest.mark.parametrize("variant", list(CutVariant))
@pytest.mark.parametrize(
    ("name", "operations"),
    [("pages-128", 64), ("many-pages", 64), ("no-ecc", 32), ("image-24k", 64)],
)
def test_an_update_finishes_though_no_boot_lasts_for_long(
    native: Native, name: str, operations: int, variant: CutVariant
) -> None:
    result = SCENARIOS[name].sweep(native).short_boots(operations, variant)

    assert result.verdict is Verdict.OK, result
    assert result.cuts > 0


def test_a_cut_when_a_large_area_is_about_to_be_used_is_survived(native: Native) -> None:
    """Rule 11b."""
    scenario = SCENARIOS["many-pages"]
    bench = scenario.bench(native)
    assert bench.boot() == 0
    before = bench.usage().operations
    assert bench.offer(scenario.update().head, scenario.fragment_bytes) == 0
    prepared = bench.usage().operations - before
    report = scenario.sweep(native).single_cuts(prepared - 8, prepared + 4, seed=0)

    require_no_failure("many-pages", report)


def test_a_cut_while_a_larger_image_is_installed_is_survived(native: Native) -> None:
    sweep = SCENARIOS["image-24k"].sweep(native)
    for operation in range(1, sweep.operations(), 29):
        require_no_failure("image-24k", sweep.single_cuts(operation, operation, seed=1))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 10_000])
def test_every_cut_of_a_24_kb_update_is_survived(native: Native, seed: int) -> None:
    sweep = SCENARIOS["image-24k"].sweep(native)
    require_no_failure("image-24k", sweep.single_cuts(1, sweep.operations(), seed=seed))


@pytest.mark.slow
def test_cuts_of_a_320_kb_update_are_survived(native: Native) -> None:
    sweep = SCENARIOS["image-320k"].sweep(native)
    for operation in range(1, sweep.operations(), 97):
        require_no_failure("image-320k", sweep.single_cuts(operation, operation, seed=2))


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL_SCENARIOS)
def test_ten_thousand_cases_of_many_cuts_leave_base_or_new(native: Native, name: str) -> None:
    report = SCENARIOS[name].sweep(native).drawn_cuts(1_000, 10_000, 9)

    require_no_failure(name, report)


@pytest.mark.parametrize("name", ["pages-128", "overwrite-128", "streaming"])
def test_cases_that_begin_at_their_cut_are_those_that_run_up_to_it(
    native: Native, name: str
) -> None:
    sweep = SCENARIOS[name].sweep(native)
    operations = sweep.operations()
    for operation in [*range(1, operations, 17), operations]:
        cuts = [
            PowerCutPlan(operation=operation, variant=variant, seed=7 + operation)
            for variant in CutVariant
        ]
        whole = [sweep.run([cut]) for cut in cuts]
        report = sweep.single_cuts(operation, operation, seed=7)

        assert report.boots == sum(result.boots for result in whole)
        assert report.failures == sum(result.verdict is not Verdict.OK for result in whole)
