"""Channels in real time, and as measured."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.errors import ImpossibleValueError, UnreadableTextError
from link_sim.loss.model import Bernoulli, LossModel, NoLoss
from link_sim.loss.notation import parse_loss
from link_sim.loss.timed import (
    Asleep,
    Outage,
    Outages,
    TimedGilbertElliott,
    draw_outages,
    start_both_directions,
)
from link_sim.loss.trace import Trace

FADES = TimedGilbertElliott(mean_good_s=30, mean_bad_s=10)


def lost_share(model: LossModel, period_s: float, count: int, seed: int = 1) -> float:
    process = model.start(random.Random(seed))
    return sum(process.loses(number * period_s) for number in range(count)) / count


@pytest.mark.parametrize("period_s", [0.1, 1.0, 20.0])
def test_the_share_that_is_lost_does_not_depend_on_how_fast_one_sends(period_s: float) -> None:
    assert lost_share(FADES, period_s, 40_000) == pytest.approx(0.25, abs=0.05)


def test_a_fade_lasts_seconds_whatever_the_data_rate() -> None:
    def mean_burst_s(period_s: float) -> float:
        process = FADES.start(random.Random(2))
        bursts: list[int] = []
        run = 0
        for number in range(200_000):
            if process.loses(number * period_s):
                run += 1
            elif run:
                bursts.append(run)
                run = 0
        return sum(bursts) / len(bursts) * period_s

    assert mean_burst_s(0.1) == pytest.approx(10, rel=0.2)
    assert mean_burst_s(0.5) == pytest.approx(10, rel=0.2)


@given(st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_fades(seed: int) -> None:
    assert lost_share(FADES, 1.0, 200, seed) == lost_share(FADES, 1.0, 200, seed)


def test_a_fade_in_seconds_hits_both_directions_at_once() -> None:
    down, up = start_both_directions(FADES, random.Random(4))

    fates = [(down.loses(second + 0.25), up.loses(second + 0.75)) for second in range(5000)]

    differing = sum(one != other for one, other in fates)
    assert differing < 300  # only where a fade begins or ends between the two


def test_losses_per_transmission_are_each_directions_own() -> None:
    down, up = start_both_directions(Bernoulli(0.5), random.Random(4))

    fates = [(down.loses(0.0), up.loses(0.0)) for _ in range(2000)]

    assert 800 < sum(one != other for one, other in fates) < 1200


def test_nothing_arrives_in_an_outage_and_everything_around_it() -> None:
    model = Outages(
        outages=(Outage(start_s=10, end_s=20), Outage(start_s=30, end_s=31)), otherwise=NoLoss()
    )
    process = model.start(random.Random(0))

    lost = [second for second in range(40) if process.loses(float(second))]

    assert lost == [*range(10, 20), 30]


def test_devices_behind_one_gateway_miss_the_same_fragments_in_its_outage() -> None:
    outages = draw_outages(random.Random(3), mean_between_s=100, mean_length_s=20, until_s=1000)
    model = Outages(outages=outages, otherwise=Bernoulli(0.1))
    devices = [model.start(random.Random(seed)) for seed in range(2)]

    fates = [[device.loses(float(second)) for device in devices] for second in range(1000)]

    during = [
        fate
        for second, fate in enumerate(fates)
        if any(one.start_s <= second < one.end_s for one in outages)
    ]
    assert during
    assert all(all(fate) for fate in during)
    assert any(fate == [True, False] for fate in fates)  # outside they lose on their own


def test_a_sleeping_device_misses_what_is_sent_meanwhile() -> None:
    model = Asleep(period_s=60, awake_s=15, otherwise=NoLoss())

    assert lost_share(model, 1.0, 600) == pytest.approx(0.75)
    assert model.mean_loss == pytest.approx(0.75)


def test_a_trace_is_repeated_as_measured_and_from_the_start_again() -> None:
    trace = Trace.from_csv("time_s,delivered,rssi\n0,1,-90\n1,0,-120\n2,true,-91\n3,1,-90\n")
    process = trace.start(random.Random(0))

    assert [process.loses(t) for t in (0.0, 0.9, 1.0, 1.5, 2.0, 2.9, 3.5, 4.5)] == [
        False,
        False,
        True,
        True,
        False,
        False,
        False,
        True,
    ]
    assert trace.mean_loss == 0.25


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("time_s\rdelivered", UnreadableTextError),
        ("time_s,delivered\n1\r2,0\n", UnreadableTextError),
        ("time_s,delivered\nnan,1\n", ImpossibleValueError),
        ("time_s,delivered\ninf,1\n", ImpossibleValueError),
        ("time,ok\n1,1\n", UnreadableTextError),
        ("time_s,delivered\n", ImpossibleValueError),
        ("time_s,delivered\n1,maybe\n", ImpossibleValueError),
        ("time_s,delivered\nsoon,1\n", ImpossibleValueError),
        ("time_s,delivered\n2,1\n1,1\n", ImpossibleValueError),
    ],
)
def test_a_trace_that_is_none_is_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        Trace.from_csv(text)


def test_every_model_has_a_notation() -> None:
    assert parse_loss("fade:30,10") == FADES
    assert parse_loss("fade:30,10,0.9,0.01") == TimedGilbertElliott(
        mean_good_s=30, mean_bad_s=10, loss_bad=0.9, loss_good=0.01
    )
    assert parse_loss("sleep:60,15") == Asleep(period_s=60, awake_s=15, otherwise=NoLoss())
    assert parse_loss("outage:1,2,5,6") == Outages(
        outages=(Outage(start_s=1, end_s=2), Outage(start_s=5, end_s=6)), otherwise=NoLoss()
    )
    named: list[str] = []

    def read(name: str) -> str:
        named.append(name)
        return "time_s,delivered\n0,1\n"

    assert isinstance(parse_loss("trace:field/log.csv", read), Trace)
    assert named == ["field/log.csv"]


@pytest.mark.parametrize(
    "text",
    [
        "fade:0,1",
        "fade:1",
        "fade:1,1,2,0",
        "outage:5",
        "outage:5,4",
        "outage:1,3,2,4",
        "sleep:1",
        "sleep:10,11",
        "trace:x.csv",
        "weather:1",
    ],
)
def test_notations_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(ImpossibleValueError):
        parse_loss(text)


def test_outages_without_lengths_are_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="outage"):
        draw_outages(random.Random(0), mean_between_s=0, mean_length_s=1, until_s=1)
