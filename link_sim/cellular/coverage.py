"""Which coverage enhancement level a device uses: by RSRP, with hysteresis.

A device compares what it receives of the reference signal with thresholds that the cell broadcasts.
Without hysteresis a device at a threshold would change level, and its repetitions, with every
measurement.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from link_sim.errors import ImpossibleValueError

REFERENCE_SIGNAL_DBM = 32.2
"""43 dBm over 12 subcarriers of 15 kHz: a stand-alone NB-IoT carrier of a macro cell."""

COUPLING_LOSS_DB = (144.0, 154.0, 164.0)
"""Maximum coupling loss that levels 0, 1 and 2 are meant for (TR 45.820)."""

DEFAULT_HYSTERESIS_DB = 3.0
"""Assumed: within the range that cells configure for reselection."""


def rsrp_dbm(coupling_loss_db: float, reference_signal_dbm: float = REFERENCE_SIGNAL_DBM) -> float:
    """Return what a device receives of a reference signal behind a coupling loss."""
    return reference_signal_dbm - coupling_loss_db


DEFAULT_THRESHOLDS_DBM = tuple(rsrp_dbm(loss) for loss in COUPLING_LOSS_DB[:2])
"""Below the first of them level 1 begins, below the second level 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageThresholds:
    """Below which RSRP the next level begins."""

    thresholds_dbm: tuple[float, ...] = DEFAULT_THRESHOLDS_DBM
    """Descending: level 0 above the first, 1 down to the second, and so on."""
    hysteresis_db: float = DEFAULT_HYSTERESIS_DB
    floor_dbm: float = rsrp_dbm(COUPLING_LOSS_DB[2])
    """Below it there is no service."""

    def __post_init__(self) -> None:
        ordered = [*self.thresholds_dbm, self.floor_dbm]
        if ordered != sorted(ordered, reverse=True):
            raise ImpossibleValueError("thresholds_dbm", "must descend towards the floor")
        if self.hysteresis_db < 0:
            raise ImpossibleValueError("hysteresis_db", f"{self.hysteresis_db} is below 0")

    def first_level(self, rsrp: float) -> int | None:
        """Return the level of a device that comes from nowhere; None if there is no service."""
        if rsrp < self.floor_dbm:
            return None
        return sum(rsrp < threshold for threshold in self.thresholds_dbm)

    def next_level(self, level: int | None, rsrp: float) -> int | None:
        """Return the level after a measurement: worse at once, better only by the hysteresis."""
        now = self.first_level(rsrp)
        if level is None or now is None or now >= level:
            return now
        return max(sum(rsrp < t + self.hysteresis_db for t in self.thresholds_dbm[:level]), now)

    def levels(self, measurements: Iterable[float]) -> Sequence[int | None]:
        """Return the level after each of a series of measurements."""
        levels: list[int | None] = []
        level: int | None = None
        for rsrp in measurements:
            level = self.next_level(level, rsrp)
            levels.append(level)
        return levels
