"""The chance that a TS004 session decodes, by trying: real rows, a real channel, many sessions.

There is no closed form worth having: rows are not random, and with bursts the losses of data and
coded fragments depend on each other. An independent-loss model overstates success by tens of
percentage points.
"""

import random
from dataclasses import dataclass

from link_sim.errors import ImpossibleValueError
from link_sim.loss.gilbert_elliott import GilbertElliott
from link_sim.loss.model import LossModel, LossProcess
from link_sim.transports.gf2 import EquationSystem
from link_sim.transports.ts004 import Version
from link_sim.transports.ts004_parity import parity_mask

DEFAULT_TRIALS = 4000
"""The standard error is then at most 0.8 percentage points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstPlan:
    """A session without feedback: every data fragment once, then coded ones."""

    data_fragments: int
    coded_fragments: int
    version: Version
    max_lost: int | None = None
    """Lost data fragments that the device's decoder has room for."""

    def __post_init__(self) -> None:
        if self.data_fragments < 1:
            raise ImpossibleValueError("data_fragments", f"{self.data_fragments} is below 1")


def decode_probability(
    plan: BurstPlan, loss: LossModel, rng: random.Random, trials: int = DEFAULT_TRIALS
) -> float:
    """Return the share of sessions in which the device ends with the whole block."""
    return sum(_decodes(plan, loss.start(rng)) for _ in range(trials)) / trials


def bursts_of(loss: float, mean_burst: float) -> GilbertElliott:
    """Return the channel with this mean loss whose bad spells last `mean_burst` transmissions.

    Raises:
        ImpossibleValueError: no channel is like that.
    """
    if mean_burst < 1:
        raise ImpossibleValueError("mean_burst", f"{mean_burst} is shorter than a transmission")
    if not 0 <= loss < 1:
        raise ImpossibleValueError("loss", f"{loss} is not a probability below 1")
    back = 1 / mean_burst
    return GilbertElliott(p=loss * back / (1 - loss), r=back)


def _decodes(plan: BurstPlan, channel: LossProcess) -> bool:
    lost_mask = lost = 0
    for index in range(plan.data_fragments):
        if channel.loses(float(index)):
            lost_mask |= 1 << index
            lost += 1
    if not lost:
        return True
    if plan.max_lost is not None and lost > plan.max_lost:
        return False
    equations = EquationSystem()
    for coded in range(1, plan.coded_fragments + 1):
        if channel.loses(float(plan.data_fragments + coded - 1)):
            continue
        equations.add(parity_mask(coded, plan.data_fragments, plan.version) & lost_mask)
        if equations.rank == lost:
            return True
    return False
