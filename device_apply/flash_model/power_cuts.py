"""Power cuts to order: when the power fails and what the flash holds afterwards.

Each cut is one word of text, so that a failing case is one line that replays it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final, Self

_SEPARATOR: Final = "+"
_NO_CUTS: Final = "none"


@unique
class CutVariant(IntEnum):
    """What an interrupted operation leaves: (erasing a sector | programming units).

    The numbers are those of `enum flash_model_cut`.
    """

    NOT_DONE = 0
    """Nothing happened, in both cases."""
    DONE = 1
    """It finished, but the device does not know, in both cases."""
    PARTIAL = 2
    """The first or last part of the sector is erased | whole units up to some point."""
    TORN = 3
    """Random bits of the sector are set | units up to some point, the next one half programmed."""
    BLANK = 4
    """The sector reads blank but holds no data | ... the next one reads blank but is spent."""
    UNSETTLED = 5
    """At each power-on the sector reads old or blank | ... the next one reads whole or torn."""
    UNREADABLE = 6
    """Torn, and some units of the sector fault on read | ... the next one faults on read."""

    @property
    def label(self) -> str:
        """The name in case labels, such as `not-done`."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def from_label(cls, label: str) -> "CutVariant":
        """Return the variant called `label`; `from_label(v.label) is v`.

        Raises:
            ValueError: there is none.
        """
        for variant in cls:
            if variant.label == label:
                return variant
        raise ValueError(f"no cut variant is called {label!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerCutPlan:
    """One planned power cut."""

    operation: int
    """Which erase or program operation is hit, counted since the cut before; 1 is the next one."""
    variant: CutVariant
    seed: int = 0
    """Decides everything that the variant leaves to chance; 32 bits."""

    def __post_init__(self) -> None:
        if self.operation < 1:
            raise ValueError(f"operation: {self.operation}, the next one is 1")

    @property
    def label(self) -> str:
        """The cut as text, such as `17:torn:3`; `parse(c.label) == c`."""
        return f"{self.operation}:{self.variant.label}:{self.seed}"

    @classmethod
    def parse(cls, label: str) -> Self:
        """Read a label.

        Raises:
            ValueError: it is not one.
        """
        try:
            operation, variant, seed = label.split(":")
            return cls(
                operation=int(operation), variant=CutVariant.from_label(variant), seed=int(seed)
            )
        except ValueError as error:
            raise ValueError(f"not a power cut: {label!r} (one is 17:torn:3)") from error


def cuts_label(cuts: Sequence[PowerCutPlan]) -> str:
    """Return the text that replays these cuts; `parse_cuts(cuts_label(c)) == c`."""
    return _SEPARATOR.join(cut.label for cut in cuts) or _NO_CUTS


def parse_cuts(label: str) -> tuple[PowerCutPlan, ...]:
    """Read the text that `cuts_label` wrote.

    Raises:
        ValueError: it did not.
    """
    if label == _NO_CUTS:
        return ()
    return tuple(map(PowerCutPlan.parse, label.split(_SEPARATOR)))
