"""A board and the run of an update on it, as the proof, the simulation and the sweeps use them."""

import pytest

from device_apply.errors import Rejected
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from device_apply.lifecycle import LifecycleState
from device_apply.simulator.board import Board
from device_apply.simulator.update_run import deliver_directly, run_update, update_steps
from tests.device_apply.small_device import (
    FRAGMENT_BYTES,
    base_image,
    delta_update,
    full_update,
    new_image,
    provisioned_device,
)

UPDATE = delta_update()
DELIVER = deliver_directly(UPDATE.payload, FRAGMENT_BYTES)
SPARE_FRAGMENTS = 8


def board_of(*cuts: PowerCutPlan) -> Board:
    return Board(provisioned_device(), cuts)


def fail_next(board: Board, variant: CutVariant = CutVariant.NOT_DONE) -> None:
    """Let the power fail at the next operation."""
    board.cut_next(PowerCutPlan(operation=1, variant=variant))


def test_an_update_without_trouble_takes_one_reset() -> None:
    board = board_of()

    assert run_update(board, UPDATE.head, FRAGMENT_BYTES, DELIVER) is LifecycleState.CONFIRMED
    assert board.device.running_image() == new_image()
    assert [boot.is_trial for boot in board.boots] == [False, True]
    assert board.power_cuts == []


def test_each_step_is_told() -> None:
    steps = update_steps(board_of(), UPDATE.head, FRAGMENT_BYTES, DELIVER)

    assert [state.label for state in steps] == [
        "downloading",
        "downloaded",
        "staged",
        "trial",
        "confirmed",
    ]


def test_a_run_goes_on_where_an_earlier_one_stopped() -> None:
    board = board_of()
    for state in update_steps(board, UPDATE.head, FRAGMENT_BYTES, DELIVER):
        if state is LifecycleState.DOWNLOADED:
            break
    before = board.device.usage.programmed_bytes
    state = run_update(board, UPDATE.head, FRAGMENT_BYTES, lambda _: pytest.fail("nothing missing"))

    assert state is LifecycleState.CONFIRMED
    assert board.device.usage.programmed_bytes > before


def test_an_image_on_trial_is_confirmed_by_a_later_run() -> None:
    board = board_of()
    for state in update_steps(board, UPDATE.head, FRAGMENT_BYTES, DELIVER):
        if state is LifecycleState.TRIAL:
            break

    assert run_update(board, UPDATE.head, FRAGMENT_BYTES, DELIVER) is LifecycleState.CONFIRMED


def test_a_rejection_reaches_the_caller() -> None:
    board = board_of()
    run_update(board, UPDATE.head, FRAGMENT_BYTES, DELIVER)

    with pytest.raises(Rejected, match="base image"):
        run_update(board, UPDATE.head, FRAGMENT_BYTES, DELIVER)


def test_a_corrupt_delivery_reaches_the_caller_and_changes_nothing() -> None:
    board = board_of()

    with pytest.raises(Rejected, match="payload"):
        run_update(board, UPDATE.head, FRAGMENT_BYTES, deliver_directly(bytes(248), FRAGMENT_BYTES))
    assert board.device.running_image() == base_image()


def test_an_update_that_uses_up_its_trial_boots_ends_reverted() -> None:
    board = board_of()
    seen = []
    for state in update_steps(board, UPDATE.head, FRAGMENT_BYTES, DELIVER):
        seen.append(state)
        if state is LifecycleState.TRIAL:
            fail_next(board)  # the confirmation

    assert seen[-1] is LifecycleState.REVERTED
    assert seen.count(LifecycleState.TRIAL) == 3
    assert board.device.running_image() == base_image()


def test_a_delivery_may_leave_fragments_out_and_is_called_again() -> None:
    board, calls = board_of(), 0

    def deliver_one(board: Board) -> None:
        nonlocal calls
        calls += 1
        index = board.device.missing()[-1]
        board.receive(index, UPDATE.fragments[index])

    assert run_update(board, UPDATE.head, FRAGMENT_BYTES, deliver_one) is LifecycleState.CONFIRMED
    assert calls == len(UPDATE.fragments)


def test_a_download_without_a_place_left_only_costs_another_offer() -> None:
    board = board_of()

    def deliver_badly(board: Board) -> None:
        for _ in range(1 + SPARE_FRAGMENTS):
            fail_next(board, CutVariant.TORN)
            board.receive(0, UPDATE.fragments[0])
        board.receive(0, UPDATE.fragments[0])

    deliveries = iter([deliver_badly, DELIVER])

    def deliver(board: Board) -> None:
        next(deliveries)(board)

    seen = list(update_steps(board, UPDATE.head, FRAGMENT_BYTES, deliver))

    assert LifecycleState.IDLE in seen
    assert seen[-1] is LifecycleState.CONFIRMED


def test_a_delivery_that_brings_nothing_ends_the_run() -> None:
    with pytest.raises(RuntimeError, match="brought none of the missing fragments"):
        run_update(board_of(), UPDATE.head, FRAGMENT_BYTES, lambda _: None)


def test_cuts_happen_in_their_order_and_each_boots_the_device_again() -> None:
    cuts = [
        PowerCutPlan(operation=7, variant=CutVariant.NOT_DONE),
        PowerCutPlan(operation=1, variant=CutVariant.DONE),
        PowerCutPlan(operation=9, variant=CutVariant.TORN),
    ]
    board = board_of(*cuts)
    run_update(board, full_update().head, FRAGMENT_BYTES, deliver_directly(new_image(), 100))

    assert [str(cut).split(" while ")[0] for cut in board.power_cuts] == [
        f"power cut {cut.label}" for cut in cuts
    ]
    assert len(board.boots) >= 4 - 1  # one cut hit a boot before it reached an image


def test_a_cut_during_a_boot_is_followed_by_another_boot() -> None:
    board = board_of(PowerCutPlan(operation=1, variant=CutVariant.TORN))

    assert len(board.power_cuts) == 1
    assert len(board.boots) == 1
    assert board.device.running_image() == base_image()


def test_a_fragment_that_is_cut_says_so() -> None:
    board = board_of()
    board.device.offer(UPDATE.head, FRAGMENT_BYTES)
    fail_next(board)

    assert not board.receive(0, UPDATE.fragments[0])
    assert 0 in board.device.missing()
    assert board.receive(0, UPDATE.fragments[0])
    assert 0 not in board.device.missing()


def test_a_fragment_that_comes_late_is_dropped() -> None:
    board = board_of()
    for state in update_steps(board, UPDATE.head, FRAGMENT_BYTES, DELIVER):
        before = board.device.usage
        if state is not LifecycleState.DOWNLOADING:
            assert board.receive(0, UPDATE.fragments[0])
        assert board.device.usage == before
