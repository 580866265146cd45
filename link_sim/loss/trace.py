"""Losses as they were measured: a table of times and whether something arrived then.

CSV with the columns `time_s` and `delivered` (1, 0, true or false), ascending in time; others are
ignored. A transmission shares the fate of the last entry before it. After the end the trace starts
over, so that a short measurement can carry a long transfer; which is an assumption that results
should repeat.
"""

import bisect
import csv
import io
import math
import random
from dataclasses import dataclass
from typing import Self

from link_sim.errors import ImpossibleValueError, UnreadableTextError

_TIME, _DELIVERED = "time_s", "delivered"
_FATES = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A measured channel."""

    times_s: tuple[float, ...]
    delivered: tuple[bool, ...]

    def __post_init__(self) -> None:
        if len(self.times_s) != len(self.delivered) or not self.times_s:
            raise ImpossibleValueError("trace", "needs as many fates as times, and at least one")
        if list(self.times_s) != sorted(set(self.times_s)):
            raise ImpossibleValueError("trace", "times must ascend")

    @classmethod
    def from_csv(cls, text: str) -> Self:
        """Read a trace.

        Raises:
            UnreadableTextError: not a table with the two columns.
            ImpossibleValueError: a time or a fate that is none, or times that do not ascend.
        """
        reader = csv.DictReader(io.StringIO(text))
        try:
            if not {_TIME, _DELIVERED} <= set(reader.fieldnames or ()):
                raise UnreadableTextError(
                    f"not a trace: needs the columns {_TIME} and {_DELIVERED}"
                )
            rows = [(_time_s(row[_TIME]), _fate(row[_DELIVERED])) for row in reader]
        except csv.Error as error:
            raise UnreadableTextError(f"not a trace: line {reader.line_num}: {error}") from error
        return cls(
            times_s=tuple(time_s for time_s, _ in rows),
            delivered=tuple(fate for _, fate in rows),
        )

    def start(self, _rng: random.Random) -> "_TraceProcess":
        """Begin at the trace's own time 0; draws nothing."""
        return _TraceProcess(self)

    @property
    def mean_loss(self) -> float:
        """The share of entries that did not arrive."""
        return 1 - sum(self.delivered) / len(self.delivered)


@dataclass(frozen=True, slots=True)
class _TraceProcess:
    trace: Trace

    def loses(self, now_s: float) -> bool:
        times_s = self.trace.times_s
        length_s = times_s[-1] - times_s[0]
        within_s = times_s[0] + (now_s - times_s[0]) % length_s if length_s else times_s[0]
        entry = bisect.bisect_right(times_s, within_s) - 1
        return not self.trace.delivered[entry]


def _time_s(text: str | None) -> float:
    try:
        time_s = float(text or "")
    except ValueError as error:
        raise ImpossibleValueError(f"trace.{_TIME}", f"{text!r} is not a number") from error
    if not math.isfinite(time_s):
        raise ImpossibleValueError(f"trace.{_TIME}", f"{text!r} is no time")
    return time_s


def _fate(text: str | None) -> bool:
    fate = _FATES.get((text or "").strip().lower())
    if fate is None:
        raise ImpossibleValueError(f"trace.{_DELIVERED}", f"{text!r} is not 1, 0, true or false")
    return fate
