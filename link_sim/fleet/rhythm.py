"""Losses that repeat themselves in time: a recorded trace, or a device that sleeps and wakes.

Every device of a fleet is at another place of it, at random: else all would lose the same fragments
and a fleet would tell no more than one device.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from link_sim.loss.model import LossModel
from link_sim.loss.timed import Asleep, Outages
from link_sim.loss.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """A step function of time that begins anew at its end."""

    starts_s: tuple[float, ...]
    """Where each step begins; the first one at 0."""
    lost: tuple[bool, ...]
    """Whether transmissions that begin in the step are lost."""
    length_s: float

    def losses(
        self, times_s: npt.NDArray[np.floating], phases_s: npt.NDArray[np.floating]
    ) -> npt.NDArray[np.bool_]:
        """Return what is lost: [time, device]."""
        if not self.length_s:
            return np.full((len(times_s), len(phases_s)), self.lost[0], dtype=np.bool_)
        within_s = (times_s[:, None] + phases_s[None, :]) % self.length_s
        steps = np.searchsorted(np.array(self.starts_s), within_s, side="right") - 1
        return np.array(self.lost, dtype=np.bool_)[steps]


def rhythm_of(loss: LossModel) -> Rhythm | None:
    """Return the rhythm that a loss model has, if it has one."""
    match loss:
        case Trace(times_s=times_s, delivered=delivered):
            return Rhythm(
                starts_s=tuple(time_s - times_s[0] for time_s in times_s),
                lost=tuple(not arrived for arrived in delivered),
                length_s=times_s[-1] - times_s[0],
            )
        case Asleep(period_s=period_s, awake_s=awake_s):
            return Rhythm(starts_s=(0.0, awake_s), lost=(False, True), length_s=period_s)
        case Outages(otherwise=otherwise):
            return rhythm_of(otherwise)
        case _:
            return None
