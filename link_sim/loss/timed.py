"""Channels whose bad times last seconds, not transmissions: fades, outages, handovers, sleep.

A model per packet makes a burst as long as the packets are: at a slow data rate its fades would
last minutes, at a fast one milliseconds. Here the states have durations, so that one fade hits a
slow link and a fast one alike, and devices behind one gateway can share its outages.
"""

import bisect
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from link_sim.errors import ImpossibleValueError
from link_sim.loss.model import LossModel, LossProcess, check_probability


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedGilbertElliott:
    """Two states with exponentially distributed sojourns in seconds, and a loss each.

    No sojourns measured on LoRa, NB-IoT or BLE links are published: vary them.
    """

    mean_good_s: float
    mean_bad_s: float
    loss_bad: float = 1.0
    loss_good: float = 0.0

    def __post_init__(self) -> None:
        for field in ("mean_good_s", "mean_bad_s"):
            if not 0 < getattr(self, field) < math.inf:
                raise ImpossibleValueError(
                    f"fade.{field}", f"{getattr(self, field)} is not a duration above 0"
                )
        check_probability("fade.loss_bad", self.loss_bad)
        check_probability("fade.loss_good", self.loss_good)

    def start(self, rng: random.Random) -> "_TimedProcess":
        """Begin a channel in one of its states, drawn from their long-run shares."""
        return _TimedProcess(self, rng)

    @property
    def share_bad(self) -> float:
        """The share of time in the bad state."""
        return self.mean_bad_s / (self.mean_good_s + self.mean_bad_s)

    @property
    def mean_loss(self) -> float:
        """The share of transmissions that is lost if they are spread evenly over time."""
        return self.share_bad * self.loss_bad + (1 - self.share_bad) * self.loss_good


class _TimedProcess:
    """Draws how long each state lasts; losses of one moment share the state."""

    def __init__(self, model: TimedGilbertElliott, rng: random.Random) -> None:
        self._model = model
        self._rng = rng
        self._bad = rng.random() < model.share_bad
        self._until_s: float | None = None

    def loses(self, now_s: float) -> bool:
        if self._until_s is None:
            self._until_s = now_s + self._sojourn_s()
        while now_s >= self._until_s:
            self._bad = not self._bad
            self._until_s += self._sojourn_s()
        model = self._model
        return self._rng.random() < (model.loss_bad if self._bad else model.loss_good)

    def _sojourn_s(self) -> float:
        mean_s = self._model.mean_bad_s if self._bad else self._model.mean_good_s
        return self._rng.expovariate(1 / mean_s)


def start_both_directions(model: LossModel, rng: random.Random) -> tuple[LossProcess, LossProcess]:
    """Begin the two channels of a link, to the device and from it.

    A fade in seconds is one event that both directions meet; models per transmission count the
    transmissions of each direction on their own.
    """
    to_device = model.start(rng)
    if isinstance(model, TimedGilbertElliott):
        return to_device, to_device
    return to_device, model.start(rng)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time in which nothing arrives, such as a gateway that lost its backhaul."""

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not self.end_s > self.start_s:
            raise ImpossibleValueError("outage", f"{self.start_s} to {self.end_s} is no time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outages:
    """Known times of silence on top of another model.

    Give the same outages to every device behind a gateway: they are correlated, and that is what
    makes a whole cell miss an update.
    """

    outages: tuple[Outage, ...]
    otherwise: LossModel

    def __post_init__(self) -> None:
        for earlier, later in zip(self.outages, self.outages[1:], strict=False):
            if later.start_s < earlier.end_s:
                raise ImpossibleValueError("outage", "outages must follow each other")

    def start(self, rng: random.Random) -> "_OutageProcess":
        """Begin a channel that draws from `rng` between the outages."""
        return _OutageProcess(self.outages, self.otherwise.start(rng))

    @property
    def mean_loss(self) -> float:
        """That of the other model: how much an outage hits depends on when one sends."""
        return self.otherwise.mean_loss


class _OutageProcess:
    def __init__(self, outages: Sequence[Outage], otherwise: LossProcess) -> None:
        self._ends_s = [outage.end_s for outage in outages]
        self._outages = outages
        self._otherwise = otherwise

    def loses(self, now_s: float) -> bool:
        lost = self._otherwise.loses(now_s)
        nearest = bisect.bisect_right(self._ends_s, now_s)
        within = nearest < len(self._outages) and self._outages[nearest].start_s <= now_s
        return lost or within


def draw_outages(
    rng: random.Random, *, mean_between_s: float, mean_length_s: float, until_s: float
) -> tuple[Outage, ...]:
    """Draw the outages of one gateway, or the handover gaps of one moving device.

    Both the times between them and their lengths are exponential.
    """
    if mean_between_s <= 0 or mean_length_s <= 0:
        raise ImpossibleValueError("outage", "mean times must be above 0")
    outages = []
    now_s = rng.expovariate(1 / mean_between_s)
    while now_s < until_s:
        end_s = now_s + rng.expovariate(1 / mean_length_s)
        outages.append(Outage(start_s=now_s, end_s=end_s))
        now_s = end_s + rng.expovariate(1 / mean_between_s)
    return tuple(outages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asleep:
    """A device that listens for a while in every period, and sleeps otherwise."""

    period_s: float
    awake_s: float
    offset_s: float = 0.0
    """When the first waking begins."""
    otherwise: LossModel

    def __post_init__(self) -> None:
        if not 0 < self.awake_s <= self.period_s:
            raise ImpossibleValueError(
                "sleep.awake_s", f"{self.awake_s} is not within a period of {self.period_s} s"
            )

    def start(self, rng: random.Random) -> "_AsleepProcess":
        """Begin a channel that draws from `rng` while the device is awake."""
        return _AsleepProcess(self, self.otherwise.start(rng))

    @property
    def mean_loss(self) -> float:
        """The share of transmissions that is lost if the sender does not know the schedule."""
        awake = self.awake_s / self.period_s
        return 1 - awake * (1 - self.otherwise.mean_loss)


@dataclass(frozen=True, slots=True)
class _AsleepProcess:
    model: Asleep
    otherwise: LossProcess

    def loses(self, now_s: float) -> bool:
        lost = self.otherwise.loses(now_s)
        phase_s = (now_s - self.model.offset_s) % self.model.period_s
        return lost or phase_s >= self.model.awake_s
