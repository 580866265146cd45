"""A device whose coverage changes while it downloads: it moves, or a door closes.

Its RSRP is known at some times and stays as it is until the next; the level follows it with the
hysteresis of `coverage`. On another level the device connects anew; below the floor it has no
service and waits.
"""

import itertools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from link_sim.cellular.bearer import AirUse, Bearer, Service
from link_sim.cellular.coverage import CoverageThresholds
from link_sim.errors import ImpossibleValueError


@dataclass(frozen=True, kw_only=True)
class CoverageBearer:
    """One connection per coverage level, and the way of the RSRP."""

    levels: tuple[Bearer, ...]
    """From level 0 on."""
    times_s: tuple[float, ...]
    rsrp_dbm: tuple[float, ...]
    """From each of the times on."""
    thresholds: CoverageThresholds

    def __post_init__(self) -> None:
        if not self.times_s or len(self.times_s) != len(self.rsrp_dbm):
            raise ImpossibleValueError("coverage.rsrp_dbm", "needs one value for each of times_s")
        pairs = itertools.pairwise(self.times_s)
        if self.times_s[0] != 0 or any(one >= following for one, following in pairs):
            raise ImpossibleValueError("coverage.times_s", "must begin at 0 and ascend")
        if len(self.levels) != len(self.thresholds.thresholds_dbm) + 1:
            raise ImpossibleValueError(
                "coverage", f"{len(self.levels)} levels need one threshold less"
            )
        if self._levels[-1] is None:
            raise ImpossibleValueError(
                "coverage.rsrp_dbm",
                f"ends at {self.rsrp_dbm[-1]:g}, below the floor of {self.thresholds.floor_dbm:g}:"
                " the device would never have service again",
            )

    @property
    def set_up_s(self) -> float:
        """What connecting on the first level takes."""
        return self.service(0.0).bearer.set_up_s

    def uplink(self, datagram_bytes: int) -> AirUse:
        """Carry one datagram from the device on the level where that takes longest."""
        return max((one.uplink(datagram_bytes) for one in self.levels), key=_duration_s)

    def downlink(self, datagram_bytes: int) -> AirUse:
        """Carry one datagram to the device on the level where that takes longest."""
        return max((one.downlink(datagram_bytes) for one in self.levels), key=_duration_s)

    def service(self, now_s: float) -> Service:
        """Return the level's connection, and when service begins."""
        first = bisect_right(self.times_s, now_s) - 1
        for number in range(first, len(self.times_s)):
            level = self._levels[number]
            if level is not None:
                return Service(bearer=self.levels[level], from_s=max(now_s, self.times_s[number]))
        raise AssertionError("the last level is one, or there would be no such bearer")

    @cached_property
    def _levels(self) -> Sequence[int | None]:
        return self.thresholds.levels(self.rsrp_dbm)


def _duration_s(use: AirUse) -> float:
    return use.duration_s
