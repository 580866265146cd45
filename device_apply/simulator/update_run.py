"""Bringing one update to its end on a board, whatever the power does.

The one path that the proof in `build`, the simulation, the demo and the fault sweeps all take: look
at the lifecycle, do what comes next. Nothing is remembered here that a gateway would not know.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from device_apply.lifecycle import LifecycleState
from device_apply.simulator.board import Board
from device_apply.simulator.simulated_device import SimulatedDevice

Deliver: TypeAlias = Callable[[Board], None]
"""Brings at least one missing fragment to `board.receive`; called again while any is missing."""


def run_update(board: Board, head: bytes, fragment_bytes: int, deliver: Deliver) -> LifecycleState:
    """Run an update and return how it ended: `CONFIRMED` or `REVERTED`.

    Raises:
        device_apply.errors.DeviceApplyError: the device rejected the update or failed to apply it.
    """
    *_, last = update_steps(board, head, fragment_bytes, deliver)
    return last


def update_steps(
    board: Board, head: bytes, fragment_bytes: int, deliver: Deliver
) -> Iterator[LifecycleState]:
    """Run an update step by step and yield the lifecycle state after each.

    Raises:
        device_apply.errors.DeviceApplyError: the device rejected the update or failed to apply it.
        RuntimeError: a delivery returned without a power cut and without a fragment.
    """

    def offer(device: SimulatedDevice) -> None:
        device.offer(head, fragment_bytes)

    # Until one offer has run to its end, a resting state may be that of the update before.
    while not board.attempt(offer):
        pass
    while True:
        state = board.device.state.lifecycle
        yield state
        match state:
            case LifecycleState.CONFIRMED | LifecycleState.REVERTED:
                return
            case LifecycleState.IDLE:
                board.attempt(offer)
            case LifecycleState.DOWNLOADING:
                _deliver(board, deliver)
            case _:
                _take_device_step(board, state)


def deliver_directly(payload: bytes, fragment_bytes: int) -> Deliver:
    """Return a delivery without a radio: every missing fragment, in order."""

    def deliver(board: Board) -> None:
        for index in board.device.missing():
            if not board.receive(index, payload[index * fragment_bytes :][:fragment_bytes]):
                return

    return deliver


def _deliver(board: Board, deliver: Deliver) -> None:
    before = (len(board.device.missing()), len(board.power_cuts))
    deliver(board)
    if (len(board.device.missing()), len(board.power_cuts)) == before:
        raise RuntimeError("the delivery brought none of the missing fragments")


def _take_device_step(board: Board, state: LifecycleState) -> None:
    """Do what the device can do without a link."""
    if state is LifecycleState.STAGED:
        board.reset()
    elif state is LifecycleState.TRIAL:
        board.attempt(SimulatedDevice.confirm)
    else:
        board.attempt(SimulatedDevice.install)
