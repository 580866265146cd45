"""Budgets: what may be how large, how much it may grow, and who overrides that until when.

Nothing here reads a clock: the date that decides whether an override still holds is an argument.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique

DEFAULT_BASELINE_FILE = "size-baseline.json"
"""Where a baseline is looked for, in the work tree or at a git ref, if nothing else is said."""


@unique
class Unit(StrEnum):
    """What a measured value counts."""

    BYTES = "bytes"
    SECONDS = "s"


@unique
class Measure(StrEnum):
    """What a budget is about."""

    IMAGE = "image"
    """Bytes of flash that the new image takes."""
    FULL_IMAGE = "full-image"
    """Bytes over the air of the smallest full-image package that the device can apply."""
    DELTA = "delta"
    """Bytes over the air of the smallest package from a released version."""
    DELIVERY = "delivery"
    """Seconds that this package takes on a named link that loses nothing."""
    DEVICE_RAM = "device-ram"
    """Bytes of RAM that the device needs to apply this package."""

    @property
    def unit(self) -> Unit:
        """What its values count."""
        return Unit.SECONDS if self is Measure.DELIVERY else Unit.BYTES

    @property
    def needs_release(self) -> bool:
        """Whether it is measured once for each released version."""
        return self in (Measure.DELTA, Measure.DELIVERY, Measure.DEVICE_RAM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a value must not exceed; None does not limit. In the unit of the budget's measure."""

    maximum: float | None = None
    growth: float | None = None
    """More than the baseline, in the same unit."""
    growth_percent: float | None = None
    """More than the baseline, in percent of it."""

    @property
    def need_baseline(self) -> bool:
        """Whether they can only be judged against a baseline."""
        return self.growth is not None or self.growth_percent is not None

    def overridden_by(self, other: "Limits") -> "Limits":
        """Return these limits with those that `other` sets in their place."""
        return Limits(
            maximum=self.maximum if other.maximum is None else other.maximum,
            growth=self.growth if other.growth is None else other.growth,
            growth_percent=(
                self.growth_percent if other.growth_percent is None else other.growth_percent
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One entry of the budget file."""

    name: str
    measure: Measure
    limits: Limits
    release: str | None = None
    """Only this released version; None: every one."""
    link: str | None = None
    """The link of a delivery: a built-in name or a profile's path."""
    line: int = 1
    """Where the budget file says so, for annotations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Other limits for one budget, with a reason, for a while."""

    budget: str
    limits: Limits
    reason: str
    expires: date
    """The last day on which it holds."""

    def holds_on(self, today: date) -> bool:
        """Whether it has not expired."""
        return today <= self.expires


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetPlan:
    """All budgets of a product."""

    source: str
    """The budget file, as messages and annotations name it."""
    budgets: tuple[Budget, ...]
    overrides: tuple[Override, ...] = ()

    @property
    def need_baseline(self) -> bool:
        """Whether any limit is one of growth."""
        return any(budget.limits.need_baseline for budget in self.budgets)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveLimits:
    """The limits of a budget on a day, and what was said about them."""

    limits: Limits
    notes: tuple[str, ...] = ()


def limits_on(today: date, budget: Budget, overrides: Sequence[Override]) -> EffectiveLimits:
    """Return what a budget allows on a day; an expired override changes nothing but is told."""
    limits, notes = budget.limits, []
    for override in overrides:
        if override.budget != budget.name:
            continue
        if override.holds_on(today):
            limits = limits.overridden_by(override.limits)
            notes.append(f"overridden until {override.expires}: {override.reason}")
        else:
            notes.append(
                f"its override expired on {override.expires} ({override.reason}): "
                "remove it, or renew it with a new date"
            )
    return EffectiveLimits(limits=limits, notes=tuple(notes))
