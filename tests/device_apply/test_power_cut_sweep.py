"""A power cut never costs more than time: at every flash operation, in every variant, and many.

After each cut the device boots the base image or the new one, whole; once it has confirmed the new
one nothing takes that back; and the update can always be finished. A failing
case prints the command that replays it.
"""

import os
import random
from collections.abc import Iterable
from itertools import product

import pytest

from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from device_apply.lifecycle import LifecycleState
from device_apply.simulator.board import Board
from device_apply.simulator.simulated_device import SimulatedDevice
from device_apply.simulator.update_run import deliver_directly, update_steps
from tests.device_apply.power_cut_cases import (
    UPDATES,
    FaultCase,
    draw_cuts,
    drawn_cuts,
    operations_of,
    single_cuts,
)
from tests.device_apply.small_device import (
    BASE_COUNTER,
    FRAGMENT_BYTES,
    base_image,
    delta_update,
    provisioned_device,
    small_profile,
)

REPLAYED = os.environ.get("AIRDELTA_REPLAY", "").split()
REGRESSIONS = [
    # State records with a sequence number of their own: a torn one that read whole later had the
    # number of the record that was stated after it.
    "delta/4/30:unsettled:59303+13:partial:60976",
    "full/32/59:unsettled:57424+6:torn:11056+23:not-done:43061",
]
TRIAL_BOOTS = 3

pytestmark = pytest.mark.parametrize("write_unit_bytes", [1, 4, 32])


def run_all(cases: Iterable[FaultCase]) -> tuple[int, int]:
    """Run cases and return how many cuts and boots there were."""
    boards = [case.run() for case in cases]
    return sum(len(board.power_cuts) for board in boards), sum(len(board.boots) for board in boards)


@pytest.mark.parametrize("update", UPDATES)
def test_one_cut_at_every_operation_in_every_variant(update: str, write_unit_bytes: int) -> None:
    cases = list(single_cuts(update, write_unit_bytes, seeds=1))
    cuts, boots = run_all(cases)

    assert cuts == len(cases) == operations_of(update, write_unit_bytes) * len(CutVariant)
    assert boots >= 4 * len(cases)


@pytest.mark.parametrize("update", UPDATES)
def test_many_cuts_half_of_them_during_recovery(update: str, write_unit_bytes: int) -> None:
    cuts, _ = run_all(drawn_cuts(update, write_unit_bytes, cases=100, most_cuts=9))

    assert cuts > 300


@pytest.mark.slow
@pytest.mark.parametrize("update", UPDATES)
def test_one_cut_at_every_operation_with_many_seeds(update: str, write_unit_bytes: int) -> None:
    run_all(single_cuts(update, write_unit_bytes, seeds=16))


@pytest.mark.slow
@pytest.mark.parametrize("update", UPDATES)
def test_very_many_cuts(update: str, write_unit_bytes: int) -> None:
    run_all(drawn_cuts(update, write_unit_bytes, cases=5000, most_cuts=9))


def staged_board(write_unit_bytes: int, cuts: Iterable[PowerCutPlan] = ()) -> Board:
    """Return a board whose next reset tries the new image; only then do the cuts count."""
    board = Board(provisioned_device(small_profile(write_unit_bytes)))
    deliver = deliver_directly(delta_update().payload, FRAGMENT_BYTES)
    for state in update_steps(board, delta_update().head, FRAGMENT_BYTES, deliver):
        if state is LifecycleState.STAGED:
            break
    return Board(board.device, cuts)


def revert(board: Board) -> None:
    """Reset a device that never confirms until it has given up the new image."""
    for _ in range(2 * TRIAL_BOOTS):
        board.reset()
    tried = [boot for boot in board.boots if boot.is_trial]

    assert len(tried) <= TRIAL_BOOTS
    assert [boot.is_trial for boot in board.boots] == sorted(
        (boot.is_trial for boot in board.boots), reverse=True
    )
    assert board.device.state.lifecycle is LifecycleState.REVERTED
    assert board.device.running_image() == base_image()
    assert board.device.state.security_counter == BASE_COUNTER


def test_a_cut_at_every_operation_of_a_revert_ends_with_the_base_image(
    write_unit_bytes: int,
) -> None:
    calm = staged_board(write_unit_bytes)
    before = calm.device.usage.operations
    revert(calm)
    cases = 0
    for operation in range(1, calm.device.usage.operations - before + 1):
        for variant in CutVariant:
            cut = PowerCutPlan(operation=operation, variant=variant, seed=operation)
            try:
                revert(staged_board(write_unit_bytes, [cut]))
            except BaseException as error:
                error.add_note(f"revert/{write_unit_bytes}/{cut.label}")
                raise
            cases += 1
    assert cases > 60


def test_a_cut_at_every_operation_of_a_confirmation_keeps_counter_and_image_together(
    write_unit_bytes: int,
) -> None:
    outcomes = set()
    calm = staged_board(write_unit_bytes)
    before = calm.device.usage.operations
    calm.device.confirm()
    operations = calm.device.usage.operations - before
    for operation, variant, seed in product(range(1, operations + 1), CutVariant, range(8)):
        board = staged_board(write_unit_bytes)
        board.cut_next(PowerCutPlan(operation=operation, variant=variant, seed=seed))
        assert not board.attempt(SimulatedDevice.confirm)
        shown = board.device.state
        board.reset()
        outcomes.add((shown.lifecycle.label, shown.security_counter))
        # What the device has shown after the cut stays so.
        assert board.device.state.lifecycle is shown.lifecycle
        assert board.device.state.security_counter == shown.security_counter

    assert outcomes == {("trial", 3), ("confirmed", 4)}


def test_cases_that_once_failed(write_unit_bytes: int) -> None:
    """Also the way to replay a case, see the module."""
    labels = REPLAYED or REGRESSIONS
    for case in map(FaultCase.parse, labels):
        if case.write_unit_bytes == write_unit_bytes or REPLAYED:
            case.run()


def test_a_label_replays_the_very_same_run(write_unit_bytes: int) -> None:
    cuts = draw_cuts(random.Random(3), 6, 30)
    case = FaultCase("delta", write_unit_bytes, cuts)
    boards = [FaultCase.parse(case.label).run(), case.run()]

    assert boards[0].boots == boards[1].boots
    assert boards[0].device.usage == boards[1].device.usage
    size = small_profile().flash.size_bytes
    flashes = [board.device.bench.read_flash(0, size) for board in boards]
    assert flashes[0] == flashes[1]
