"""A CoAP download over NB-IoT, exchange by exchange."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.cellular.coap_link import CoapLink
from link_sim.errors import ImpossibleValueError
from link_sim.links import load_link
from link_sim.loss.model import Bernoulli, NoLoss
from link_sim.transfer import transfer
from tests.link_sim.receivers import Shelf


def nbiot(name: str = "nbiot-ce0") -> CoapLink:
    link = load_link(name)
    assert isinstance(link, CoapLink)
    return link


class Script:
    """A loss model that loses what it is told to, counted over both directions."""

    def __init__(self, *lost: int) -> None:
        self.lost = lost
        self.asked = 0

    @property
    def mean_loss(self) -> float:
        return 0.0

    def start(self, _rng: random.Random) -> "Script":
        return self

    def loses(self, _now_s: float) -> bool:
        self.asked += 1
        return self.asked in self.lost


@given(st.integers(1, 20))
def test_stop_and_wait_costs_one_round_trip_per_block(count: int) -> None:
    link = nbiot()

    one = link.estimate(512).duration_s - link.bearer.set_up_s
    many = link.estimate(512 * count).duration_s - link.bearer.set_up_s

    # Requests of block 16 and up are a byte longer, which fits the same transport block.
    assert many == pytest.approx(count * one)


def test_a_block_takes_its_request_the_core_and_seven_transport_blocks() -> None:
    link = nbiot()
    # Request: 13 CoAP + 28 UDP/IP + 1 PDCP in blocks of 57 - 4. Response: 512 + 17 + 28 + 1 in 81s.
    request_s = 0.15 + (1 + 3 + 8 + 3) / 1000
    response_s = 7 * 26 / 0.75 / 1000

    estimate = link.estimate(512)

    assert estimate.duration_s == pytest.approx(2.7 + request_s + 0.1 + response_s)
    assert estimate.bytes_on_air == 57 + 7 * 85


def test_coverage_levels_order_the_duration() -> None:
    durations = [nbiot(f"nbiot-ce{level}").estimate(10_000).duration_s for level in range(3)]

    assert durations == sorted(durations)
    assert durations[2] > 10 * durations[0]


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_request_or_response_is_repeated_after_the_timeout(lost: int) -> None:
    link, data = nbiot(), bytes(512)

    report = transfer(data, 512, Shelf(data, 512), link, Script(lost), random.Random(0))

    calm_s = link.estimate(512).duration_s
    assert report.completed
    assert report.rounds == 1
    assert 15.0 <= report.duration_s - calm_s <= 15.0 * 1.5
    assert report.fragments_sent == lost  # a block is sent only if its request arrived


def test_timeouts_double() -> None:
    link, data = nbiot(), bytes(512)
    durations = [
        transfer(
            data, 512, Shelf(data, 512), link, Script(*range(1, losses + 1)), random.Random(0)
        ).duration_s
        for losses in range(5)
    ]

    first, *others = (b - a for a, b in pairwise(durations))

    assert others == pytest.approx([2 * first, 4 * first, 8 * first])


@pytest.mark.parametrize(("failures", "rounds", "order"), [(4, 1, [0, 1]), (5, 2, [1, 0])])
def test_a_block_that_failed_five_times_is_asked_for_again_in_the_next_round(
    failures: int, rounds: int, order: list[int]
) -> None:
    link, data = nbiot(), bytes(1024)
    shelf = Shelf(data, 512)

    report = transfer(data, 512, shelf, link, Script(*range(1, failures + 1)), random.Random(0))

    assert report.completed
    assert report.rounds == rounds
    assert list(shelf.deliveries) == order


def test_bytes_do_not_depend_on_the_seed_where_nothing_is_lost() -> None:
    link, data = nbiot(), bytes(5000)
    reports = {
        transfer(data, 512, Shelf(data, 512), link, NoLoss(), random.Random(seed))
        for seed in range(3)
    }

    assert len(reports) == 1


def test_smaller_blocks_take_longer() -> None:
    link = nbiot()
    durations = [link.estimate(4096, size).duration_s for size in link.fragment_sizes]

    assert list(link.fragment_sizes) == [16, 32, 64, 128, 256, 512]
    assert durations == sorted(durations, reverse=True)


def test_ipv6_and_dtls_add_their_headers() -> None:
    link = nbiot()
    heavier = replace(link, datagram_overhead_bytes=link.datagram_overhead_bytes + 49)

    assert heavier.estimate(512).bytes_on_air > link.estimate(512).bytes_on_air


def test_residual_loss_is_expensive() -> None:
    link, data = nbiot(), bytes(512 * 100)

    report = transfer(data, 512, Shelf(data, 512), link, Bernoulli(0.01), random.Random(2))

    assert report.completed
    assert report.duration_s > link.estimate(len(data)).duration_s + 15


def test_more_blocks_than_coap_can_number_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("link_sim.cellular.block_transfer.MAX_BLOCKS", 3)

    assert nbiot().estimate(3 * 512).fragments == 3
    with pytest.raises(ImpossibleValueError, match="4 blocks, CoAP numbers 3"):
        nbiot().estimate(4 * 512)
