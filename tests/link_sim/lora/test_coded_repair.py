"""Repair by coded fragments over the link."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.contract import FragmentEvent, TransferReport
from link_sim.errors import ImpossibleValueError
from link_sim.links import load_link
from link_sim.lora.coded_repair import RedundancyPlan
from link_sim.lora.link import LorawanLink
from link_sim.loss.model import Bernoulli, LossModel, NoLoss
from link_sim.transfer import transfer
from link_sim.transports.ts004_odds import bursts_of
from tests.link_sim.receivers import Shelf


def coded(plan: RedundancyPlan, name: str = "eu868-dr5") -> LorawanLink:
    link = load_link(name)
    assert isinstance(link, LorawanLink)
    return replace(link, redundancy=plan)


def carry(
    link: LorawanLink,
    loss: LossModel,
    fragments: int = 40,
    seed: int = 7,
    shelf: Shelf | None = None,
) -> tuple[TransferReport, list[FragmentEvent]]:
    data = random.Random(1).randbytes(239 * fragments)
    events: list[FragmentEvent] = []
    report = transfer(
        data,
        239,
        shelf or Shelf(data, 239),
        link,
        loss,
        random.Random(seed),
        observer=events.append,
    )
    return report, events


def test_no_data_fragment_is_ever_sent_twice() -> None:
    report, events = carry(coded(RedundancyPlan(first_share=0.1)), Bernoulli(0.3))

    sent = [event.index for event in events]
    assert report.completed
    assert sent == list(range(len(sent)))  # data, then ever new coded fragments


def test_without_loss_the_first_share_is_all_that_is_added() -> None:
    report, events = carry(coded(RedundancyPlan(first_share=0.1)), NoLoss())

    assert report.completed
    assert len(events) == 40 + 4
    assert report.rounds == 1


def test_a_share_of_seven_percent_of_a_hundred_is_seven() -> None:
    assert RedundancyPlan(first_share=0.07).first_burst(100) == 7


@given(st.integers(0, 2**32), st.floats(0, 0.4))
def test_a_transfer_that_completes_has_delivered_every_fragment(seed: int, loss: float) -> None:
    data = random.Random(1).randbytes(239 * 20)
    shelf = Shelf(data, 239)  # checks every byte

    report, _ = carry(coded(RedundancyPlan(first_share=0.2)), Bernoulli(loss), 20, seed, shelf)

    assert report.completed
    assert set(shelf.deliveries) == set(range(20))


def test_redundancy_beforehand_saves_status_rounds() -> None:
    none, plenty = (
        carry(coded(RedundancyPlan(first_share=share)), Bernoulli(0.1))[0] for share in (0.0, 0.4)
    )

    assert plenty.rounds == 1
    assert none.rounds > 1


def test_bursts_need_more_rounds_than_independent_losses_of_the_same_share() -> None:
    def rounds(loss: LossModel) -> int:
        link = coded(RedundancyPlan(first_share=0.2))
        return sum(carry(link, loss, 100, seed)[0].rounds for seed in range(24))

    assert rounds(bursts_of(0.1, 20.0)) > rounds(Bernoulli(0.1))


def test_a_decoder_without_room_for_the_losses_ends_the_session_incomplete() -> None:
    report, _ = carry(coded(RedundancyPlan(first_share=0.3, max_lost=5)), Bernoulli(0.3), 60)

    assert not report.completed


def test_a_server_stops_when_nobody_answers() -> None:
    plan = RedundancyPlan(first_share=0.0, max_silent_requests=3)
    link = coded(plan)

    report, events = carry(link, _FallsSilent(after_s=30.0))

    assert not report.completed
    assert len(events) == 40  # the burst under way, and no coded fragment behind it


def test_a_fragment_forgotten_at_a_reset_is_solved_for_like_a_lost_one() -> None:
    data = random.Random(1).randbytes(239 * 40)
    shelf = Shelf(data, 239)
    shelf.forget_at = {5, 17}

    report, events = carry(coded(RedundancyPlan(first_share=0.2)), NoLoss(), shelf=shelf)

    assert report.completed
    assert shelf.deliveries[4] == 2
    assert len(events) == 48


def test_a_negative_share_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="redundancy"):
        RedundancyPlan(first_share=-0.1)


class _FallsSilent:
    """Delivers everything up to a time, and nothing afterwards."""

    mean_loss = 0.0

    def __init__(self, *, after_s: float) -> None:
        self._after_s = after_s

    def start(self, _rng: random.Random) -> "_FallsSilent":
        return self

    def loses(self, now_s: float) -> bool:
        return now_s > self._after_s


def test_a_block_of_one_fragment_is_sent_again_because_its_rows_are_empty() -> None:
    report, events = carry(coded(RedundancyPlan(first_share=0.2)), Bernoulli(0.6), 1, seed=1)

    assert report.completed
    assert len(events) > 1
    assert {event.index for event in events} == {0}


def test_100_kb_at_20_percent_loss_arrive_over_the_link() -> None:
    report, _ = carry(coded(RedundancyPlan(first_share=0.3)), Bernoulli(0.2), 419)

    assert report.completed
    assert report.duration_s == pytest.approx(419 * 1.3 * 3.945, rel=0.06)
