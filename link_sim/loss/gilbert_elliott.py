"""Gilbert-Elliott: a channel that is good or bad and changes its mind between transmissions.

Time is counted in transmissions. The order of events is that of the Linux kernel's netem
(`loss gemodel`, net/sched/sch_netem.c since the fix of 2013): first the transition out of the state
is drawn, then the loss, with the probability of the state that the transmission *found*. netem
starts in the good state; here that is a choice, the default being the stationary mixture.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from link_sim.errors import ImpossibleValueError
from link_sim.loss.model import check_probability


@unique
class Start(StrEnum):
    """The state in which a channel begins."""

    STATIONARY = "stationary"
    """Drawn from the long-run mixture of the two states."""
    GOOD = "good"
    """As netem begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GilbertElliott:
    """Two states with a loss probability each.

    No parameters measured on LoRa, NB-IoT or BLE links are published; treat every number as an
    assumption and vary it.
    """

    p: float
    """Probability that the next transmission finds the channel bad after this one found it good."""
    r: float
    """Probability that the next transmission finds it good after this one found it bad."""
    loss_bad: float = 1.0
    """netem's `1-h`."""
    loss_good: float = 0.0
    """netem's `1-k`."""
    start_state: Start = Start.STATIONARY

    def __post_init__(self) -> None:
        for name in ("p", "r", "loss_bad", "loss_good"):
            check_probability(f"ge.{name}", getattr(self, name))
        if self.r == 0:
            raise ImpossibleValueError(
                "ge.r", "must be above 0, or a bad channel stays bad for ever"
            )

    def start(self, rng: random.Random) -> "_GilbertElliottProcess":
        """Begin a channel that draws from `rng`."""
        if self.start_state is Start.STATIONARY:
            return _GilbertElliottProcess(self, rng, bad=rng.random() < self.share_bad)
        return _GilbertElliottProcess(self, rng, bad=False)

    @property
    def share_bad(self) -> float:
        """The share of transmissions that find the channel bad in the long run."""
        return self.p / (self.p + self.r)

    @property
    def mean_loss(self) -> float:
        """The share of transmissions that is lost in the long run."""
        return self.share_bad * self.loss_bad + (1 - self.share_bad) * self.loss_good

    @property
    def mean_bad_sojourn(self) -> float:
        """Transmissions for which the channel stays bad, on average."""
        return 1 / self.r

    def loss_count_distribution(self, transmissions: int) -> Sequence[float]:
        """Return the exact probabilities of losing 0, 1, ... `transmissions` of so many.

        By dynamic programming over (state, losses so far); quadratic in `transmissions`.
        """
        first_bad = self.share_bad if self.start_state is Start.STATIONARY else 0.0
        good, bad = [1 - first_bad], [first_bad]
        for _ in range(transmissions):
            good_next = _after_one(good, self.loss_good)
            bad_next = _after_one(bad, self.loss_bad)
            good = [g * (1 - self.p) + b * self.r for g, b in zip(good_next, bad_next, strict=True)]
            bad = [g * self.p + b * (1 - self.r) for g, b in zip(good_next, bad_next, strict=True)]
        return [g + b for g, b in zip(good, bad, strict=True)]


def _after_one(by_losses: Sequence[float], loss: float) -> list[float]:
    """Shift the probabilities of one state by one transmission that is lost with `loss`."""
    kept = [probability * (1 - loss) for probability in by_losses] + [0.0]
    lost = [0.0] + [probability * loss for probability in by_losses]
    return [k + x for k, x in zip(kept, lost, strict=True)]


@dataclass(slots=True)
class _GilbertElliottProcess:
    model: GilbertElliott
    rng: random.Random
    bad: bool

    def loses(self, _now_s: float) -> bool:
        found_bad = self.bad
        if found_bad:
            self.bad = self.rng.random() >= self.model.r
            return self.rng.random() < self.model.loss_bad
        self.bad = self.rng.random() < self.model.p
        return self.rng.random() < self.model.loss_good
