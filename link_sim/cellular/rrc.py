"""What the radio does around the traffic: set-up, inactivity tail, release, eDRX, PSM.

The base station decides how long a device stays connected after its last packet; that tail costs
more energy than a small transfer, so it is a parameter and never a constant. Release assistance
(RAI) ends it early, eDRX and PSM decide what follows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique

from link_sim.errors import ImpossibleValueError


@unique
class RrcState(StrEnum):
    """What the radio is doing."""

    SET_UP = "set-up"
    ACTIVE = "active"
    """Traffic under way."""
    TAIL = "tail"
    """Connected, with nothing to say: the inactivity timer runs."""
    IDLE = "idle"
    """Released, reachable by paging (DRX or eDRX) while the active timer runs."""
    POWER_SAVING = "power saving"
    """PSM: registered, unreachable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RrcTimers:
    """What network and device agreed on."""

    set_up_s: float
    inactivity_s: float
    """From the last packet to the release, chosen by the base station (typically 10 to 20 s)."""
    release_assistance: bool = False
    """Whether the device says that nothing follows, and is released after `release_s`."""
    release_s: float = 1.0
    active_s: float = 0.0
    """T3324: how long it stays reachable before PSM; infinite keeps it in eDRX."""

    def __post_init__(self) -> None:
        for field in ("set_up_s", "inactivity_s", "release_s", "active_s"):
            if getattr(self, field) < 0:
                raise ImpossibleValueError(field, f"{getattr(self, field)} is below 0")

    @property
    def tail_s(self) -> float:
        """How long the radio stays connected after the last packet."""
        if self.release_assistance:
            return min(self.release_s, self.inactivity_s)
        return self.inactivity_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """A span of traffic."""

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if self.end_s < self.start_s:
            raise ImpossibleValueError("burst", "ends before it starts")


def state_seconds(
    bursts: Iterable[Burst], timers: RrcTimers, until_s: float
) -> Mapping[RrcState, float]:
    """Return how long the radio was in each state from time 0 to `until_s`.

    A burst that begins after the release pays a set-up in front of it. Bursts must not overlap.
    """
    spent = dict.fromkeys(RrcState, 0.0)
    quiet_since_s: float | None = None
    for burst in sorted(bursts, key=lambda one: one.start_s):
        if quiet_since_s is None:
            spent[RrcState.POWER_SAVING] += burst.start_s
            spent[RrcState.SET_UP] += timers.set_up_s
        elif _quiet(spent, burst.start_s - quiet_since_s, timers):
            spent[RrcState.SET_UP] += timers.set_up_s
        spent[RrcState.ACTIVE] += burst.end_s - burst.start_s
        quiet_since_s = burst.end_s
    if quiet_since_s is None:
        spent[RrcState.POWER_SAVING] += until_s
    else:
        _quiet(spent, max(until_s - quiet_since_s, 0.0), timers)
    return spent


def _quiet(spent: dict[RrcState, float], duration_s: float, timers: RrcTimers) -> bool:
    """Account for a silence; return whether the connection was released in it."""
    tail_s = min(duration_s, timers.tail_s)
    idle_s = min(duration_s - tail_s, timers.active_s)
    spent[RrcState.TAIL] += tail_s
    spent[RrcState.IDLE] += idle_s
    spent[RrcState.POWER_SAVING] += duration_s - tail_s - idle_s
    return duration_s > timers.tail_s
