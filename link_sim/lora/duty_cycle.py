"""Duty cycle accounting: when may the next frame start?

A policy is frozen; `open_ledger` starts the account of one transmitter in one sub-band. Conventions
differ by up to 10 % in time and by much more for short updates, so the convention is a choice:

* `OffTime`: after a frame of T seconds, silence for T/dc - T: the period is T/dc, the exact share.
* `FromStartOffTime`: the off-time T/dc - T is counted from the frame's *start*, as ns-3's lorawan
  module does: 9 T instead of 10 T at 10 %, a real share of 11.1 %.
* `HourWindow`: dc x 3600 s in every clock hour, spent as fast as one likes (The Things Stack).
* `Unlimited`: regions without a duty cycle.
"""

from dataclasses import dataclass, field
from typing import Protocol

from link_sim.errors import ImpossibleValueError

WINDOW_S = 3600.0
"""The Things Stack accounts per sub-band and hour; ETSI EN 300 220 observes one hour as well."""


class Ledger(Protocol):
    """The account of one transmitter in one sub-band."""

    def earliest_start_s(self, now_s: float, time_on_air_s: float, /) -> float:
        """Return when a frame that is ready `now_s` may start."""
        ...

    def book(self, start_s: float, time_on_air_s: float, /) -> None:
        """Enter a frame that started at `start_s`."""
        ...


class DutyCyclePolicy(Protocol):
    """A way to account for the duty cycle."""

    def open_ledger(self) -> Ledger:
        """Start an account with nothing in it."""
        ...


@dataclass(frozen=True, slots=True)
class Unlimited:
    """Frames may follow each other back to back."""

    def open_ledger(self) -> "Unlimited":
        """Return itself: there is nothing to account for."""
        return self

    def earliest_start_s(self, now_s: float, _time_on_air_s: float) -> float:
        """Return `now_s`."""
        return now_s

    def book(self, _start_s: float, _time_on_air_s: float) -> None:
        """Forget it."""


@dataclass(frozen=True, slots=True)
class OffTime:
    """Silence after each frame, counted from its end; the exact share."""

    duty_cycle: float

    def __post_init__(self) -> None:
        check_duty_cycle(self.duty_cycle)

    def open_ledger(self) -> Ledger:
        """Start an account with nothing in it."""
        return _OffTimeLedger(periods=1 / self.duty_cycle)


@dataclass(frozen=True, slots=True)
class FromStartOffTime:
    """Silence counted from the frame's start, which overdraws the share slightly."""

    duty_cycle: float

    def __post_init__(self) -> None:
        check_duty_cycle(self.duty_cycle)

    def open_ledger(self) -> Ledger:
        """Start an account with nothing in it."""
        return _OffTimeLedger(periods=max(1 / self.duty_cycle - 1, 1.0))


@dataclass(frozen=True, slots=True)
class HourWindow:
    """A budget per clock hour, counted from virtual time 0."""

    duty_cycle: float

    def __post_init__(self) -> None:
        check_duty_cycle(self.duty_cycle)

    def open_ledger(self) -> Ledger:
        """Start an account with nothing in it."""
        return _HourLedger(budget_s=self.duty_cycle * WINDOW_S)


def check_duty_cycle(duty_cycle: float) -> None:
    """Refuse what is not a share of time.

    Raises:
        ImpossibleValueError: outside 0 (excluded) to 1.
    """
    if not 0 < duty_cycle <= 1:
        raise ImpossibleValueError("duty_cycle", f"{duty_cycle} is not a share above 0 and up to 1")


@dataclass(slots=True)
class _OffTimeLedger:
    periods: float
    """Length of frame and silence together, in times on air."""
    _free_s: float = float("-inf")

    def earliest_start_s(self, now_s: float, _time_on_air_s: float) -> float:
        return max(now_s, self._free_s)

    def book(self, start_s: float, time_on_air_s: float) -> None:
        self._free_s = start_s + time_on_air_s * self.periods


@dataclass(slots=True)
class _HourLedger:
    budget_s: float
    _spent_s: dict[int, float] = field(default_factory=dict)
    """Seconds on the air by hour; a frame belongs to the hour in which it starts."""
    _idle_from_s: float = float("-inf")

    def earliest_start_s(self, now_s: float, time_on_air_s: float) -> float:
        if time_on_air_s > self.budget_s:
            raise ImpossibleValueError(
                "duty_cycle", f"a frame of {time_on_air_s:.3f} s exceeds the budget of an hour"
            )
        start_s = max(now_s, self._idle_from_s)
        hour = int(start_s // WINDOW_S)
        while self._spent_s.get(hour, 0.0) + time_on_air_s > self.budget_s:
            hour += 1
            start_s = hour * WINDOW_S
        return start_s

    def book(self, start_s: float, time_on_air_s: float) -> None:
        hour = int(start_s // WINDOW_S)
        self._spent_s[hour] = self._spent_s.get(hour, 0.0) + time_on_air_s
        self._idle_from_s = start_s + time_on_air_s
