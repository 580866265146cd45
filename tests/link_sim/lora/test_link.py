"""A class-C transfer, frame by frame."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.contract import FragmentEvent
from link_sim.errors import ImpossibleValueError
from link_sim.link import Link
from link_sim.links import load_link
from link_sim.lora.link import Accounting, LorawanLink
from link_sim.lora.modulation import RADIO_START_S
from link_sim.lora.region import Direction
from link_sim.lora.regions.as923 import AS923
from link_sim.lora.regions.au915 import AU915
from link_sim.loss.model import Bernoulli, NoLoss
from link_sim.session import MAX_ROUNDS
from link_sim.transfer import transfer
from tests.link_sim.receivers import Shelf


def lorawan(name: str) -> LorawanLink:
    link: Link = load_link(name)
    assert isinstance(link, LorawanLink)
    return link


def fragment_time_s(link: LorawanLink) -> float:
    """Time on air of a downlink with a whole fragment, from the region's own table."""
    rate = link.region.data_rate(link.downlink_data_rate, Direction.DOWNLINK)
    return rate.time_on_air_s(link.max_fragment_bytes + 3 + 13, Direction.DOWNLINK)


@given(st.integers(0, 6), st.integers(2, 40))
def test_each_further_fragment_costs_one_period_of_the_duty_cycle(index: int, count: int) -> None:
    link = lorawan(f"eu868-dr{index}")
    size = link.max_fragment_bytes

    one, many = link.estimate(size), link.estimate(size * count)

    period_s = fragment_time_s(link) / 0.1
    assert many.duration_s - one.duration_s == pytest.approx((count - 1) * period_s)


def test_the_set_up_goes_before_the_first_fragment_and_uses_the_gateways_budget() -> None:
    link = lorawan("eu868-dr0")
    down, up = link.region.downlink[0], link.region.uplink[0]
    request_s = down.time_on_air_s(17 + 13, Direction.DOWNLINK)
    answer_s = up.time_on_air_s(2 + 13, Direction.UPLINK)

    estimate = link.estimate(48)

    first_fragment_s = RADIO_START_S + request_s / 0.1
    assert estimate.duration_s == pytest.approx(first_fragment_s + fragment_time_s(link))
    assert estimate.bytes_on_air == (17 + 13) + (2 + 13) + (48 + 3 + 13)
    assert estimate.time_on_air_s == pytest.approx(request_s + answer_s + fragment_time_s(link))


def test_a_last_fragment_is_padded_to_the_size_of_the_others() -> None:
    link = lorawan("eu868-dr3")

    assert link.estimate(113).bytes_on_air == link.estimate(224).bytes_on_air
    assert link.estimate(113).duration_s == link.estimate(224).duration_s


def test_accounting_conventions_order_the_duration() -> None:
    durations = [
        replace(lorawan("eu868-dr5"), accounting=accounting).estimate(10_000).duration_s
        for accounting in (Accounting.HOUR_WINDOW, Accounting.FROM_START, Accounting.OFF_TIME)
    ]

    assert durations == sorted(durations)
    assert durations[0] < 20
    assert durations[1] / durations[2] == pytest.approx(0.9, abs=0.01)


def test_without_a_duty_cycle_the_gateway_sends_back_to_back() -> None:
    link = lorawan("us915-dr13")

    one, ten = link.estimate(239), link.estimate(2390)

    per_frame_s = fragment_time_s(link) + RADIO_START_S
    assert ten.duration_s - one.duration_s == pytest.approx(9 * per_frame_s)


def test_version_1_of_ts004_sets_up_with_six_bytes_less() -> None:
    link = lorawan("eu868-dr5")
    older = replace(link, ts004_version=link.ts004_version.V1)

    assert link.estimate(239).bytes_on_air - older.estimate(239).bytes_on_air == 6


def test_a_repeater_leaves_less_room() -> None:
    assert replace(lorawan("eu868-dr5"), repeater=True).max_fragment_bytes == 222 - 3


def test_repair_rounds_ask_first_and_send_only_what_was_lost() -> None:
    link, data = lorawan("eu868-dr5"), random.Random(1).randbytes(239 * 40)
    shelf = Shelf(data, 239)
    events: list[FragmentEvent] = []

    report = transfer(
        data, 239, shelf, link, Bernoulli(0.3), random.Random(7), observer=events.append
    )

    lost_first = {event.index for event in events if event.round_number == 1 and event.lost}
    sent_second = {event.index for event in events if event.round_number == 2}
    assert lost_first
    assert sent_second == lost_first
    assert report.rounds > 1
    beside_fragments = report.bytes_on_air - report.fragments_sent * (239 + 3 + 13)
    one_set_up, one_status = 17 + 2 + 2 * 13, 2 + 5 + 2 * len(lost_first) + 2 * 13
    assert beside_fragments >= one_set_up + one_status


def test_a_long_list_of_missing_fragments_takes_several_duty_cycled_uplinks() -> None:
    link, count = lorawan("eu868-dr0"), 100
    data = random.Random(2).randbytes(48 * count)
    shelf = Shelf(data, 48)
    shelf.forget_at = set(range(1, count + 1))

    report = transfer(data, 48, shelf, link, NoLoss(), random.Random(0))

    # 51 bytes of uplink hold a status answer of 5 and 23 numbers: 100 need five answers, and each
    # waits for its share of 1 %.
    up = link.region.uplink[0]
    answers = [5 + 2 * 23] * 4 + [5 + 2 * 8]
    waiting_s = sum(up.time_on_air_s(size + 13, Direction.UPLINK) / 0.01 for size in answers[:4])
    fragments_s = 2 * count * fragment_time_s(link) / 0.1
    assert report.rounds == 2
    assert report.duration_s == pytest.approx(fragments_s + waiting_s, rel=0.01)
    assert report.bytes_on_air == 2 * count * 64 + 30 + 15 + 15 + sum(answers) + 5 * 13


def test_a_random_answer_delay_spreads_status_answers() -> None:
    link, data = lorawan("eu868-dr5"), bytes(239 * 2)
    durations = set()
    for seed in range(5):
        shelf = Shelf(data, 239)
        shelf.forget_at = {2}
        durations.add(transfer(data, 239, shelf, link, NoLoss(), random.Random(seed)).duration_s)

    assert len(durations) == 5
    assert max(durations) - min(durations) < 16


class LosesAfter:
    """A loss model that lets a number of frames through and then nothing."""

    mean_loss = 1.0

    def __init__(self, frames: int) -> None:
        self._frames = frames

    def start(self, _rng: random.Random) -> "LosesAfter":
        return self

    def loses(self, _now_s: float) -> bool:
        self._frames -= 1
        return self._frames < 0


@pytest.mark.parametrize(("frames", "rounds"), [(0, 0), (1, 0), (2, MAX_ROUNDS), (3, MAX_ROUNDS)])
def test_a_link_that_falls_silent_is_given_up(frames: int, rounds: int) -> None:
    link, data = lorawan("eu868-dr5"), bytes(239 * 3)

    report = transfer(data, 239, Shelf(data, 239), link, LosesAfter(frames), random.Random(0))

    assert not report.completed
    assert report.rounds == rounds
    assert report.fragments_sent == (3 if rounds else 0)
    assert report.fragments_lost == (5 - frames if rounds else 0)


def test_data_rates_too_small_for_the_protocol_are_refused() -> None:
    link = lorawan("eu868-dr5")
    au915: dict[str, Any] = {"region": AU915, "downlink_hz": 923_300_000, "uplink_hz": 915_200_000}
    as923: dict[str, Any] = {"region": AS923, "downlink_hz": 923_200_000, "uplink_hz": 923_600_000}

    with pytest.raises(ImpossibleValueError, match="DR0 carries 0 bytes, too few for a status"):
        replace(link, **au915, downlink_data_rate=8, uplink_data_rate=0, uplink_dwell_limited=True)
    with pytest.raises(ImpossibleValueError, match="DR2 is too small for the session's set-up"):
        replace(
            link, **as923, downlink_data_rate=2, uplink_data_rate=5, downlink_dwell_limited=True
        )
    with pytest.raises(ImpossibleValueError, match="LR-FHSS"):
        replace(link, uplink_data_rate=8)


def test_a_server_that_does_not_know_what_a_device_has_asks_before_it_sends() -> None:
    link, data = lorawan("eu868-dr5"), bytes(239 * 3)
    shelf = Shelf(data, 239)
    shelf.deliver(1, data[:239], 0.0)

    report = transfer(data, 239, shelf, link, NoLoss(), random.Random(0))

    set_up, status = 17 + 2 + 2 * 13, 2 + (5 + 2 * 2) + 2 * 13
    assert report.rounds == 1
    assert report.bytes_on_air == set_up + status + 2 * (239 + 3 + 13)


class LosesOne:
    """A loss model that swallows one frame, counted over both directions."""

    mean_loss = 0.0

    def __init__(self, number: int) -> None:
        self._left = number

    def start(self, _rng: random.Random) -> "LosesOne":
        return self

    def loses(self, _now_s: float) -> bool:
        self._left -= 1
        return self._left == 0


@pytest.mark.parametrize("lost_frame", [1, 2])
def test_a_server_repeats_its_request_one_second_after_the_answer_should_have_come(
    lost_frame: int,
) -> None:
    link, data = lorawan("us915-dr8"), bytes(50)
    down, up = link.region.downlink[8], link.region.uplink[3]
    request_s = down.time_on_air_s(17 + 13, Direction.DOWNLINK) + RADIO_START_S
    answer_s = up.time_on_air_s(2 + 13, Direction.UPLINK)

    report = transfer(data, 50, Shelf(data, 50), link, LosesOne(lost_frame), random.Random(0))

    # An answer that was sent but lost took the radio's start as well.
    waited_s = answer_s + 1.0 + (RADIO_START_S if lost_frame == 2 else 0.0)
    assert report.duration_s - link.estimate(50).duration_s == pytest.approx(request_s + waited_s)
