"""Power cuts to order: when the power fails and what the flash holds afterwards.

A cut hits one erase or program operation. The variants cover what parts are documented to do, and
each has a name, so that a failing case is one line of text that replays it.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final, Self


@unique
class CutVariant(StrEnum):
    """What an interrupted operation leaves behind: (erasing a sector | programming units)."""

    NOT_DONE = "not-done"
    """Nothing happened, in both cases."""
    DONE = "done"
    """It finished, but the device does not know, in both cases."""
    PARTIAL = "partial"
    """The first or last part of the sector is erased | whole units up to some point."""
    TORN = "torn"
    """Random bits of the sector are set | units up to some point, the next one half programmed."""
    BLANK = "blank"
    """The sector reads blank but is weak: what is programmed does not hold until it is erased again
    | units up to some point, the next one reads blank but is spent."""
    UNSTABLE = "unstable"
    """At each power-on the sector reads old or blank | the last unit reads whole or torn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCut:
    """One power cut."""

    operation: int
    """Which erase or program operation is hit, counted since the cut before; 1 is the next one."""
    variant: CutVariant
    seed: int = 0
    """Decides everything that the variant leaves to chance."""

    def __post_init__(self) -> None:
        if self.operation < 1:
            raise ValueError(f"operation: {self.operation}, the next one is 1")

    @property
    def label(self) -> str:
        """The cut as text, such as `17:torn:3`; `parse(c.label) == c`."""
        return f"{self.operation}:{self.variant}:{self.seed}"

    @classmethod
    def parse(cls, label: str) -> Self:
        """Read a label.

        Raises:
            ValueError: it is not one.
        """
        try:
            operation, variant, seed = label.split(":")
            return cls(operation=int(operation), variant=CutVariant(variant), seed=int(seed))
        except ValueError as error:
            raise ValueError(f"not a power cut: {label!r} (one is 17:torn:3)") from error


def cuts_label(cuts: Sequence[PlannedCut]) -> str:
    """Return the text that replays these cuts; `parse_cuts(cuts_label(c)) == c`."""
    return "+".join(cut.label for cut in cuts) or "none"


def parse_cuts(label: str) -> tuple[PlannedCut, ...]:
    """Read the text that `cuts_label` wrote.

    Raises:
        ValueError: it did not.
    """
    return () if label == "none" else tuple(map(PlannedCut.parse, label.split("+")))


_EARLY_OPERATIONS: Final = 6
"""Half of the cuts hit the first operations after power-on, where recovery itself is at work: the
faults that several cuts find and one does not were all found there."""


def draw_cuts(rng: random.Random, count: int, operations: int) -> tuple[PlannedCut, ...]:
    """Draw `count` hostile cuts for a run that takes about `operations` operations uncut."""
    return tuple(
        PlannedCut(
            operation=rng.randint(1, rng.choice((_EARLY_OPERATIONS, operations))),
            variant=rng.choice(tuple(CutVariant)),
            seed=rng.randrange(2**16),
        )
        for _ in range(count)
    )
