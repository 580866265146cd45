"""Two directions that share exchanges."""

import random

import pytest

from link_sim.ble.pdu import Phy, exchange_us, pdu_us
from link_sim.ble.radio_queue import RadioQueue, RadioSettings, Side
from link_sim.loss.model import Bernoulli, NoLoss

PLAIN = RadioSettings(phy=Phy.LE_2M)


def test_a_pdu_longer_than_a_link_layer_pdu_takes_several_exchanges() -> None:
    queue = RadioQueue(PLAIN, NoLoss())
    queue.put(Side.CENTRAL, 300)

    first = queue.exchange(0.0)
    second = queue.exchange(first.end_s)

    assert first.arrived == ()
    assert second.arrived == ((Side.CENTRAL, 0),)
    assert queue.idle
    us = exchange_us(Phy.LE_2M, 251, encrypted=False) + exchange_us(Phy.LE_2M, 49, encrypted=False)
    assert second.end_s == pytest.approx(us / 1e6)


def test_both_sides_send_in_one_exchange() -> None:
    queue = RadioQueue(PLAIN, NoLoss())
    queue.put(Side.CENTRAL, 100)
    queue.put(Side.PERIPHERAL, 100)

    exchange = queue.exchange(0.0)

    assert exchange.arrived == ((Side.CENTRAL, 0), (Side.PERIPHERAL, 0))
    us = 2 * pdu_us(Phy.LE_2M, 100, encrypted=False) + 300
    assert exchange.end_s == pytest.approx(us / 1e6)


def test_a_failed_exchange_moves_nothing_and_ends_the_event() -> None:
    settings = RadioSettings(phy=Phy.LE_2M, interval_us=30_000)
    queue = RadioQueue(settings, Bernoulli(1.0).start(random.Random(0)))
    queue.put(Side.CENTRAL, 100)

    exchange = queue.exchange(0.001)

    assert exchange.lost
    assert exchange.arrived == ()
    assert exchange.next_s == pytest.approx(0.030)
    assert not queue.idle


def test_an_exchange_that_no_longer_fits_waits_for_the_next_event() -> None:
    settings = RadioSettings(phy=Phy.LE_1M, interval_us=7_500)
    queue = RadioQueue(settings, NoLoss())
    queue.put(Side.CENTRAL, 251)

    exchange = queue.exchange(0.006)

    us = exchange_us(Phy.LE_1M, 251, encrypted=False)
    assert exchange.end_s == pytest.approx(0.0075 + us / 1e6)


def test_an_event_ends_when_neither_side_has_more_to_send() -> None:
    settings = RadioSettings(phy=Phy.LE_2M, interval_us=30_000)
    queue = RadioQueue(settings, NoLoss())
    queue.put(Side.CENTRAL, 100)
    queue.put(Side.CENTRAL, 100)

    first = queue.exchange(0.0)
    second = queue.exchange(first.next_s)

    assert first.next_s == first.end_s
    assert second.next_s == pytest.approx(0.030)
