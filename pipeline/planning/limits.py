"""What a rollout may take at most, which strategies exceed it, and which limit is the hard one."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from pipeline.planning.forecast import Forecast


@unique
class Limit(StrEnum):
    """The limits, by the names of their options."""

    DEADLINE = "deadline"
    MAX_ENERGY = "max-energy"
    RAM = "ram"
    BUDGET = "budget"

    @property
    def option(self) -> str:
        """How the command line spells it."""
        return f"--{self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a rollout may take; None does not limit."""

    deadline_s: float | None = None
    """Until 95 of 100 devices have the update, their gateway's duty cycle included."""
    energy_mj: float | None = None
    """Of the median device."""
    ram_bytes: int | None = None
    """Of the applier on the device."""
    budget: float | None = None
    """For all devices together, in the tariff's currency."""

    def broken(self, ram_bytes: int, forecast: Forecast) -> tuple[Limit, ...]:
        """Return the limits that a strategy exceeds; what is not known does not meet a limit.

        Cost is the exception: where no operator counts bytes there is nothing to pay.
        """
        found = []
        if _exceeds(forecast.campaign_s, self.deadline_s):
            found.append(Limit.DEADLINE)
        if _exceeds(forecast.energy_mj, self.energy_mj):
            found.append(Limit.MAX_ENERGY)
        if _exceeds(ram_bytes, self.ram_bytes):
            found.append(Limit.RAM)
        if forecast.cost is not None and _exceeds(forecast.cost, self.budget):
            found.append(Limit.BUDGET)
        return tuple(found)


NO_LIMITS = Limits()
"""Everything is allowed."""


def binding_limits(broken: Sequence[Sequence[Limit]]) -> tuple[Limit, ...]:
    """Return what has to give so that any strategy is left: the fewest limits, or none.

    `broken` has the limits that each strategy exceeds. The shortest list of it is the answer;
    among equals the one that most strategies share.
    """
    lists = [frozenset(each) for each in broken]
    if not lists or frozenset() in lists:
        return ()

    def rescued(limits: frozenset[Limit]) -> int:
        return sum(each <= limits for each in lists)

    best = min(lists, key=lambda limits: (len(limits), -rescued(limits), sorted(limits)))
    return tuple(limit for limit in Limit if limit in best)


def _exceeds(value: float | None, most: float | None) -> bool:
    return most is not None and (value is None or value > most)
