"""How often a session decodes: bursts, caps, and the rules of thumb that are wrong."""

import random

import pytest

from link_sim.errors import ImpossibleValueError
from link_sim.loss.model import Bernoulli, NoLoss
from link_sim.transports.ts004 import Version
from link_sim.transports.ts004_odds import BurstPlan, bursts_of, decode_probability

PLAN = BurstPlan(data_fragments=210, coded_fragments=42, version=Version.V1)


def chance(plan: BurstPlan, loss: float, mean_burst: float | None, trials: int = 800) -> float:
    model = Bernoulli(loss) if mean_burst is None else bursts_of(loss, mean_burst)
    return decode_probability(plan, model, random.Random(1), trials)


def test_without_loss_no_coded_fragment_is_needed() -> None:
    plan = BurstPlan(data_fragments=50, coded_fragments=0, version=Version.V2)

    assert decode_probability(plan, NoLoss(), random.Random(0), 10) == 1


def test_the_longer_the_bursts_the_less_redundancy_achieves() -> None:
    independent, short, long = (chance(PLAN, 0.1, burst) for burst in (None, 5.0, 20.0))

    assert independent > 0.98
    assert independent - short > 0.05
    assert short - long > 0.04


def test_a_small_block_of_version_1_needs_more_coded_fragments_than_of_version_2() -> None:
    older, newer = (
        chance(BurstPlan(data_fragments=50, coded_fragments=9, version=version), 0.1, None)
        for version in (Version.V1, Version.V2)
    )

    assert newer > older


@pytest.mark.parametrize(("extra", "solved"), [(0, 0.28), (1, 0.57), (2, 0.77), (3, 0.88)])
def test_large_blocks_need_more_than_was_lost_as_often_as_published(
    extra: int, solved: float
) -> None:
    plan = BurstPlan(data_fragments=210, coded_fragments=12 + extra, version=Version.V2)

    assert decode_probability(plan, _LosesAny(12, 210), random.Random(3), 1500) == pytest.approx(
        solved, abs=0.05
    )


def test_three_more_than_were_lost_is_no_rule() -> None:
    """FUOTASim counts M + 3 received fragments as success; of 50 with 5 lost a third fails."""
    plan = BurstPlan(data_fragments=50, coded_fragments=8, version=Version.V1)

    assert decode_probability(plan, _LosesAny(5, 50), random.Random(3), 1500) == pytest.approx(
        0.67, abs=0.05
    )


def test_a_decoder_with_a_cap_fails_where_the_code_would_not() -> None:
    capped = BurstPlan(data_fragments=210, coded_fragments=42, version=Version.V1, max_lost=5)

    assert chance(capped, 0.1, None, trials=100) < 0.05


@pytest.mark.parametrize(("loss", "burst"), [(1.0, 5.0), (0.1, 0.5)])
def test_a_channel_that_cannot_be_is_refused(loss: float, burst: float) -> None:
    with pytest.raises(ImpossibleValueError):
        bursts_of(loss, burst)


class _LosesAny:
    """Loses so many of the data fragments, drawn anew for each session, and no coded one."""

    mean_loss = 0.0

    def __init__(self, lost: int, of: int) -> None:
        self._lost, self._of = lost, of

    def start(self, rng: random.Random) -> "_LosesThese":
        return _LosesThese(frozenset(rng.sample(range(self._of), self._lost)))


class _LosesThese:
    def __init__(self, lost: frozenset[int]) -> None:
        self._lost = lost

    def loses(self, now_s: float) -> bool:
        return now_s in self._lost
