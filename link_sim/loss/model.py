"""What a loss model is, and the two memoryless ones.

A `LossModel` is a frozen description that several transfers may share; `start` turns it into the
`LossProcess` of one channel. The process is asked once per transmission, in the order of sending,
and draws from the `random.Random` it was started with: same seed, same losses. It is told the time,
so that models of fades, outages and traces fit the same interface.
"""

import random
from dataclasses import dataclass
from typing import Protocol

from link_sim.errors import ImpossibleValueError


class LossProcess(Protocol):
    """The losses of one channel."""

    def loses(self, now_s: float, /) -> bool:
        """Decide whether the transmission that starts at `now_s` is lost."""
        ...


class LossModel(Protocol):
    """A description of how a channel loses transmissions."""

    def start(self, rng: random.Random, /) -> LossProcess:
        """Begin a channel that draws from `rng`."""
        ...

    @property
    def mean_loss(self) -> float:
        """The share of transmissions that is lost in the long run."""
        ...


@dataclass(frozen=True, slots=True)
class NoLoss:
    """Everything arrives; draws nothing."""

    def start(self, _rng: random.Random) -> "NoLoss":
        """Return itself: there is no state to keep."""
        return self

    def loses(self, _now_s: float) -> bool:
        """Say no."""
        return False

    @property
    def mean_loss(self) -> float:
        """Nothing."""
        return 0.0


@dataclass(frozen=True, slots=True)
class Bernoulli:
    """Each transmission is lost with the same probability, whatever happened before.

    A baseline only: real losses come in bursts, and independent ones overstate what redundancy
    achieves.
    """

    probability: float

    def __post_init__(self) -> None:
        check_probability("loss", self.probability)

    def start(self, rng: random.Random) -> "_BernoulliProcess":
        """Begin a channel that draws from `rng`."""
        return _BernoulliProcess(self.probability, rng)

    @property
    def mean_loss(self) -> float:
        """The probability itself."""
        return self.probability


@dataclass(frozen=True, slots=True)
class _BernoulliProcess:
    probability: float
    rng: random.Random

    def loses(self, _now_s: float) -> bool:
        return self.rng.random() < self.probability


def check_probability(field: str, value: float) -> None:
    """Refuse what is not a probability.

    Raises:
        ImpossibleValueError: `value` is outside 0..1.
    """
    if not 0 <= value <= 1:
        raise ImpossibleValueError(field, f"{value} is not a probability (0 to 1)")
