"""Ways to carry an update over a bearer: what each costs, and what losses do to it."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.cellular.coap_link import CoapLink
from link_sim.cellular.qblock_link import QBlockLink
from link_sim.cellular.tcp_link import TcpLink
from link_sim.contract import TransferReport
from link_sim.errors import ImpossibleValueError
from link_sim.link import Link
from link_sim.links import link_text, load_link, parse_link
from link_sim.loss.model import Bernoulli, LossModel, NoLoss
from link_sim.loss.timed import Outage, Outages
from link_sim.transfer import transfer
from tests.link_sim.receivers import Shelf

TRANSPORTS = [
    "ltem-hd",
    "nbiot-ce0-qblock",
    "nbiot-ce0-lwm2m-push",
    "ltem-hd-http",
    "cat1-mqtt",
    "gprs",
]


def carry(link: Link, loss: LossModel, size_bytes: int = 20_000, seed: int = 1) -> TransferReport:
    data = random.Random(1).randbytes(size_bytes)
    fragment_bytes = min(link.max_fragment_bytes, 1024)
    return transfer(
        data, fragment_bytes, Shelf(data, fragment_bytes), link, loss, random.Random(seed)
    )


@pytest.mark.parametrize("name", TRANSPORTS)
@given(loss=st.floats(0, 0.3), seed=st.integers(0, 2**32))
def test_every_transport_delivers_every_byte(name: str, loss: float, seed: int) -> None:
    assert carry(load_link(name), Bernoulli(loss), 8000, seed).completed


@pytest.mark.parametrize("name", TRANSPORTS)
def test_loss_costs_time_and_bytes(name: str) -> None:
    clean, lossy = carry(load_link(name), NoLoss()), carry(load_link(name), Bernoulli(0.1))

    assert lossy.duration_s > clean.duration_s
    assert lossy.bytes_on_air > clean.bytes_on_air


def test_stop_and_wait_costs_a_round_trip_per_block_and_q_block_one_per_ten() -> None:
    waiting, streaming = load_link("nbiot-ce0"), load_link("nbiot-ce0-qblock")
    assert isinstance(waiting, CoapLink)
    assert isinstance(streaming, QBlockLink)

    slow = replace(waiting, core_round_trip_s=1.0).estimate(512 * 40)
    fast = replace(streaming, core_round_trip_s=1.0).estimate(512 * 40)

    assert slow.duration_s - waiting.estimate(512 * 40).duration_s == pytest.approx(40 * 0.9)
    assert fast.duration_s - streaming.estimate(512 * 40).duration_s == pytest.approx(4 * 0.9)


def test_a_q_block_set_whose_end_is_lost_costs_the_receive_timeout() -> None:
    link = load_link("nbiot-ce0-qblock")

    clean = carry(link, NoLoss(), 512 * 5)
    cut = carry(link, _LosesOnce(transmission=6), 512 * 5)  # request, then five blocks

    assert cut.fragments_lost == 1
    assert cut.duration_s - clean.duration_s > 4.0


def test_larger_http_ranges_are_faster() -> None:
    """sdk-nrf pull request 849: about 50 % faster."""
    link = load_link("ltem-hd-http")

    assert link.estimate(100_000, 4096).duration_s < 0.8 * link.estimate(100_000, 512).duration_s


def test_a_small_receive_window_waits_for_round_trips() -> None:
    link = load_link("cat1")
    assert isinstance(link, TcpLink)
    far = replace(link, core_round_trip_s=0.5)
    narrow = replace(far, tcp=replace(far.tcp, window_bytes=2000))

    assert narrow.estimate(64_000).duration_s > 2 * far.estimate(64_000).duration_s


def test_a_lost_segment_costs_a_round_trip_if_others_follow_and_a_timeout_if_not() -> None:
    link = load_link("cat1")
    data = bytes(16_384)

    def duration(loss: LossModel) -> float:
        return transfer(data, 16_384, Shelf(data, 16_384), link, loss, random.Random(1)).duration_s

    clean = duration(NoLoss())
    early, last = (
        duration(_LosesOnce(transmission=number, channel=0)) - clean for number in (6, 17)
    )

    assert 0.03 < early < 0.3
    assert last > 1.0


def test_a_servers_time_ends_a_push_before_it_is_finished() -> None:
    text = link_text("nbiot-ce0-lwm2m-push")
    link = parse_link(
        text.replace("ack_timeout_s = 15", "ack_timeout_s = 15\nserver_timeout_s = 30")
    )

    small, large = carry(link, NoLoss(), 5000), carry(link, NoLoss(), 100_000)

    assert small.completed
    assert not large.completed
    assert large.duration_s < 32


def test_a_push_whose_answer_was_lost_sends_the_block_again() -> None:
    link = load_link("nbiot-ce0-lwm2m-push")

    report = carry(link, _LosesOnce(transmission=1, channel=1), 512 * 3)

    assert report.completed
    assert report.fragments_sent == 4


def test_a_dead_network_breaks_the_connection_and_the_transfer_gives_up() -> None:
    report = carry(load_link("cat1"), Bernoulli(1.0), 1000)

    assert not report.completed


def test_who_pauses_longer_than_the_inactivity_timer_pays_the_set_up_again() -> None:
    link = load_link("ltem-hd-http")
    opened = link.open()

    def carry_at(start_s: float) -> float:
        data = bytes(500)
        return transfer(
            data, 512, Shelf(data, 512), opened, NoLoss(), random.Random(0), start_s=start_s
        ).duration_s

    first, soon, late = carry_at(0.0), carry_at(10.0), carry_at(100.0)

    assert first > soon
    assert late - soon == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("name", "old", "new", "field"),
    [
        ("ltem-hd", 'mode = "A"', 'mode = "C"', "ltem.mode"),
        ("ltem-hd", "tbs_bits = 1000", "tbs_bits = 1001", "ltem.tbs_bits"),
        ("ltem-hd", "[ltem.coap]", "[ltem.cope]", "ltem: needs one transport"),
        ("ltem-ce-b", "data_repetitions = 128", "data_repetitions = 100", "data_repetitions"),
        ("ltem-ce-b", 'mode = "B"', 'mode = "A"', "data_repetitions"),
        ("gprs", 'scheme = "CS-4"', 'scheme = "CS-5"', "gsm.scheme"),
        ("gprs", "down_slots = 4", "down_slots = 5", "gsm.down_slots"),
        ("gprs", "ack_timeout_s = 4", "ack_timeout_s = 0.5", "ack_timeout_s"),
        ("cat1", "range_bytes = 16384", "range_bytes = 10000", "range_bytes"),
        ("cat1", "window_bytes = 22400", "window_bytes = 100", "window_bytes"),
        ("cat1", "down_kbps = 1000", "down_kbps = 0", "down_kbps"),
        ("cat1-mqtt", "block_bytes = 8192", "block_bytes = 1", "block_bytes"),
    ],
)
def test_an_impossible_link_is_refused_with_the_field(
    name: str, old: str, new: str, field: str
) -> None:
    text = link_text(name)
    assert old in text

    with pytest.raises(ImpossibleValueError, match=field):
        parse_link(text.replace(old, new))


class _LosesOnce:
    """Loses one transmission, counted from 1 over both channels or on one of them."""

    mean_loss = 0.0

    def __init__(self, *, transmission: int, channel: int | None = None) -> None:
        self._left = transmission
        self._channel = channel
        self._started = 0

    def start(self, _rng: random.Random) -> "_LosesOnceProcess":
        number, self._started = self._started, self._started + 1
        counts = self._channel is None or number == self._channel
        return _LosesOnceProcess(self, counts=counts)

    def count(self) -> bool:
        self._left -= 1
        return self._left == 0


class _LosesOnceProcess:
    def __init__(self, owner: _LosesOnce, *, counts: bool) -> None:
        self._owner, self._counts = owner, counts

    def loses(self, _now_s: float) -> bool:
        return self._counts and self._owner.count()


@pytest.mark.parametrize("name", ["cat1-mqtt", "ltem-hd-http", "ltem-hd", "nbiot-ce0-qblock"])
def test_a_handover_is_a_gap_in_seconds_whatever_the_transport(name: str) -> None:
    """A transfer that meets one takes longer by about the gap, and repeats what was under way."""
    link = load_link(name)
    handovers = Outages(outages=(Outage(start_s=3, end_s=5),), otherwise=NoLoss())

    without, through = (carry(link, loss, 120_000, seed=5) for loss in (NoLoss(), handovers))

    assert through.completed
    assert 1 < through.duration_s - without.duration_s < 40
    assert without.ip_bytes < through.ip_bytes < 1.1 * without.ip_bytes
