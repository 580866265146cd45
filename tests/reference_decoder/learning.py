"""What corrections teach about targets that the segment map does not know. Section 7.1."""

from bisect import bisect_right
from typing import Final

from tests.reference_decoder.words import MASK32, slot

_HALF_PLACES_BITS: Final = 2


class LearnedTargets:
    """Remembered targets, the steps of the variables' shift, and halves of addresses."""

    def __init__(self, remembered_bits: int, shift_steps: int) -> None:
        self._bits = remembered_bits
        self._remembered: dict[int, tuple[int, int]] = {}
        self._most_steps = shift_steps
        self._step_targets: list[int] = []
        self._step_shifts: list[int] = []
        self._halves = [(0, 0, False)] * (1 << _HALF_PLACES_BITS)

    def recall(self, base_target: int) -> int | None:
        """Return where a correction said that the target went."""
        remembered, new_target = self._remembered.get(slot(base_target, self._bits), (0, 0))
        return new_target if new_target and remembered == base_target else None

    def shift_at(self, base_target: int) -> int:
        """Return how far variables there move."""
        if not self._step_shifts:
            return 0
        rank = bisect_right(self._step_targets, base_target)
        return self._step_shifts[max(rank - 1, 0)]

    def learn(self, base_target: int, new_target: int, *, is_variable: bool) -> None:
        """Remember where the target went; a variable also shifts those behind it."""
        self._remembered[slot(base_target, self._bits)] = base_target, new_target
        if is_variable:
            self._learn_shift(base_target, (new_target - base_target) & MASK32)

    def join(self, base_target: int, contribution: int, *, is_upper: bool) -> int | None:
        """Remember one half of an address; with the other half known, return the whole."""
        place = slot(base_target, _HALF_PLACES_BITS)
        other_target, other, other_is_upper = self._halves[place]
        self._halves[place] = base_target, contribution, is_upper
        if other_target != base_target or other_is_upper == is_upper:
            return None
        return (other + contribution) & MASK32

    def _learn_shift(self, base_target: int, shift: int) -> None:
        rank = bisect_right(self._step_targets, base_target)
        if rank > 0 and self._step_targets[rank - 1] == base_target:
            self._step_shifts[rank - 1] = shift
        elif len(self._step_targets) < self._most_steps:
            self._step_targets.insert(rank, base_target)
            self._step_shifts.insert(rank, shift)
