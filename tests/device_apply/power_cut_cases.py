"""One fault case as one line of text: an update on the small device, with power cuts.

`FaultCase.parse(case.label).run()` is the same case again; a failure carries the command to type.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from device_apply.flash_model.power_cuts import (
    CutVariant,
    PowerCutPlan,
    cuts_label,
    parse_cuts,
)
from device_apply.lifecycle import LifecycleState
from device_apply.simulator.board import Board
from device_apply.simulator.update_run import deliver_directly, update_steps
from tests.device_apply.small_device import (
    BASE_COUNTER,
    FRAGMENT_BYTES,
    NEW_COUNTER,
    Update,
    base_image,
    delta_update,
    full_update,
    new_image,
    provisioned_device,
    small_profile,
)

REPLAYING_TEST: Final = "tests/device_apply/test_power_cut_sweep.py -k once_failed"
UPDATES: Final = {"delta": delta_update, "full": full_update}


@dataclass(frozen=True, slots=True)
class FaultCase:
    """An update by name, the flash's write unit and the cuts."""

    update: str
    write_unit_bytes: int
    cuts: tuple[PowerCutPlan, ...]

    @property
    def label(self) -> str:
        return f"{self.update}/{self.write_unit_bytes}/{cuts_label(self.cuts)}"

    @classmethod
    def parse(cls, label: str) -> Self:
        update, write_unit_bytes, cuts = label.split("/")
        return cls(update, int(write_unit_bytes), parse_cuts(cuts))

    def run(self) -> Board:
        """Run the update to its end and once more after a revert, checking every boot."""
        try:
            return self._run()
        except BaseException as error:
            error.add_note(f"to replay: AIRDELTA_REPLAY={self.label} pytest {REPLAYING_TEST}")
            raise

    def _run(self) -> Board:
        board = Board(provisioned_device(small_profile(self.write_unit_bytes)), self.cuts)
        update = UPDATES[self.update]()
        ended = _run_checked(board, update)
        if ended is LifecycleState.REVERTED:
            # Legal when the cuts used up the trial boots; a device must still take the next offer.
            assert len(board.power_cuts) >= 3
            ended = _run_checked(board, update)
        while ended is LifecycleState.REVERTED:
            ended = _run_checked(board, update)
        for _ in range(2):  # also when success is booted again
            board.reset()
            _check_confirmed(board)
        return board


def _run_checked(board: Board, update: Update) -> LifecycleState:
    ended = None
    deliver = deliver_directly(update.payload, FRAGMENT_BYTES)
    for state in update_steps(board, update.head, FRAGMENT_BYTES, deliver):
        # A state that a boot has shown is never taken back.
        assert ended is not LifecycleState.CONFIRMED
        _check_runs_base_or_new(board)
        ended = state
    assert ended is not None
    return ended


def _check_runs_base_or_new(board: Board) -> None:
    device = board.device
    is_new = device.running_image() == new_image()
    assert is_new or device.running_image() == base_image()
    confirmed = device.state.lifecycle is LifecycleState.CONFIRMED
    assert is_new == (confirmed or device.state.lifecycle is LifecycleState.TRIAL)
    assert device.state.security_counter == (NEW_COUNTER if confirmed else BASE_COUNTER)


def _check_confirmed(board: Board) -> None:
    assert board.device.state.lifecycle is LifecycleState.CONFIRMED
    assert board.device.running_image() == new_image()
    assert board.device.state.security_counter == NEW_COUNTER
    assert not board.device.running.is_trial


def operations_of(update: str, write_unit_bytes: int) -> int:
    """Count the flash operations of an update without cuts."""
    before = provisioned_device(small_profile(write_unit_bytes)).usage.operations
    return FaultCase(update, write_unit_bytes, ()).run().device.usage.operations - before


_EARLY_OPERATIONS: Final = 6
"""Half of the cuts hit the first operations after power-on, where recovery itself is at work."""


def draw_cuts(rng: random.Random, count: int, operations: int) -> tuple[PowerCutPlan, ...]:
    """Draw hostile cuts for a run that takes about `operations` operations uncut."""
    return tuple(
        PowerCutPlan(
            operation=rng.randint(1, rng.choice((_EARLY_OPERATIONS, operations))),
            variant=rng.choice(tuple(CutVariant)),
            seed=rng.randrange(2**16),
        )
        for _ in range(count)
    )


def single_cuts(update: str, write_unit_bytes: int, seeds: int) -> Iterator[FaultCase]:
    """Every operation, every variant, `seeds` times."""
    for operation in range(1, operations_of(update, write_unit_bytes) + 1):
        for variant in CutVariant:
            for seed in range(seeds):
                cut = PowerCutPlan(operation=operation, variant=variant, seed=seed)
                yield FaultCase(update, write_unit_bytes, (cut,))


def drawn_cuts(
    update: str, write_unit_bytes: int, cases: int, most_cuts: int
) -> Iterator[FaultCase]:
    """Seeded runs with 2 to `most_cuts` cuts."""
    operations = operations_of(update, write_unit_bytes)
    for seed in range(cases):
        rng = random.Random(f"{update}/{write_unit_bytes}/{seed}")
        cuts = draw_cuts(rng, rng.randint(2, most_cuts), operations)
        yield FaultCase(update, write_unit_bytes, cuts)
