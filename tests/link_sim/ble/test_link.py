"""A connection with losses, event by event."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.ble.link import BleLink
from link_sim.ble.loss import mean_exchanges_per_event
from link_sim.contract import FragmentEvent
from link_sim.links import load_link
from link_sim.loss.model import Bernoulli, NoLoss
from link_sim.transfer import transfer
from tests.link_sim.receivers import Shelf


def ble(name: str = "ble-1m", *, interval_ms: float | None = None, att_mtu: int = 247) -> BleLink:
    link = load_link(name)
    assert isinstance(link, BleLink)
    interval_us = link.connection.interval_us if interval_ms is None else int(interval_ms * 1000)
    return replace(
        link, connection=replace(link.connection, interval_us=interval_us, att_mtu=att_mtu)
    )


def test_a_long_transfer_reaches_the_goodput_of_the_table() -> None:
    for name, kbps in (("ble-1m", 702.8), ("ble-2m", 1327.5)):
        link = ble(name)
        seconds = link.estimate(1_000_000).duration_s - link.set_up_s

        assert 8_000 / seconds == pytest.approx(kbps, rel=0.005)


@given(st.integers(1, 300))
def test_writes_fill_event_after_event(count: int) -> None:
    link = ble()
    per_event = 18
    exchange_s = 2.5e-3

    seconds = link.estimate(244 * count).duration_s - link.set_up_s

    full_events, rest = divmod(count, per_event)
    if rest == 0:
        full_events, rest = full_events - 1, per_event
    assert seconds == pytest.approx(full_events * 0.05 + rest * exchange_s)


def test_an_operation_of_two_pdus_arrives_with_its_second_pdu() -> None:
    link, data = ble(att_mtu=498), bytes(495)
    shelf = Shelf(data, 495)
    events: list[FragmentEvent] = []

    report = transfer(data, 495, shelf, link, NoLoss(), random.Random(0), observer=events.append)

    assert (report.fragments, report.fragments_sent) == (1, 2)
    assert shelf.arrivals_s == [events[1].now_s]


def test_a_lost_exchange_closes_the_event() -> None:
    link, data = ble(), random.Random(1).randbytes(244 * 200)
    shelf = Shelf(data, 244)
    events: list[FragmentEvent] = []

    transfer(data, 244, shelf, link, Bernoulli(0.1), random.Random(5), observer=events.append)

    lost = [position for position, event in enumerate(events) if event.lost]
    assert lost
    for position in lost:
        gap_s = events[position + 1].now_s - events[position].now_s
        assert gap_s > 0.05 - 18 * 2.5e-3
        assert events[position + 1].index == events[position].index
        anchor = (events[position + 1].now_s - link.set_up_s - 2.12e-3) / 0.05
        assert anchor == pytest.approx(round(anchor), abs=1e-6)


@pytest.mark.parametrize("loss", [0.02, 0.1, 0.3])
def test_losses_cost_as_many_events_as_the_closed_form_says(loss: float) -> None:
    link, count = ble(), 4000
    data = bytes(244 * count)

    report = transfer(data, 244, Shelf(data, 244), link, Bernoulli(loss), random.Random(11))

    events = count / mean_exchanges_per_event(loss, 18)
    assert report.duration_s - link.set_up_s == pytest.approx(events * 0.05, rel=0.05)


def test_longer_intervals_suffer_more_from_loss() -> None:
    def slowdown(interval_ms: float) -> float:
        link, data = ble(interval_ms=interval_ms), bytes(244 * 2000)
        report = transfer(data, 244, Shelf(data, 244), link, Bernoulli(0.1), random.Random(3))
        return report.duration_s / link.estimate(len(data)).duration_s

    assert slowdown(15) < slowdown(50) < slowdown(400)


def test_a_silent_connection_is_lost_after_the_supervision_timeout_and_made_again() -> None:
    link, data = ble(), bytes(244)

    report = transfer(data, 244, Shelf(data, 244), link, Bernoulli(1.0), random.Random(0))

    assert not report.completed
    events_per_connection = math.ceil(link.supervision_timeout_s / 0.05)
    assert report.fragments_sent == report.rounds * events_per_connection
    assert report.duration_s == pytest.approx(
        report.rounds * (link.set_up_s + link.supervision_timeout_s)
    )


def test_every_pdu_and_its_acknowledgement_are_on_the_air() -> None:
    estimate = ble().estimate(244 + 10)

    pdus = [1 + 4 + 2 + 251 + 4 + 3, 1 + 4 + 2 + 17 + 4 + 3]
    empty = 1 + 4 + 2 + 3
    assert estimate.bytes_on_air == sum(pdus) + 2 * empty
    assert estimate.time_on_air_s == pytest.approx((sum(pdus) + 2 * empty) * 8e-6)


def test_a_write_with_response_takes_two_intervals_whatever_would_fit() -> None:
    """Silicon Labs: one acknowledged operation per two intervals."""
    link = load_link("ble-2m-write-request")

    one, many = link.estimate(244), link.estimate(244 * 41)

    assert many.duration_s - one.duration_s == pytest.approx(40 * 2 * 0.05, rel=0.01)


def test_a_credit_based_channel_saves_a_byte_per_frame() -> None:
    assert load_link("ble-2m-coc").max_fragment_bytes == 245
    assert load_link("ble-2m").max_fragment_bytes == 244


def test_a_phones_cap_and_interval_decide_its_rate() -> None:
    link = load_link("ble-phone-15ms")

    one, many = link.estimate(182), link.estimate(182 * 401)

    assert many.duration_s - one.duration_s == pytest.approx(100 * 0.015, rel=0.02)
