"""Fleets: the same as one device at a time, and the same however the work is shared out."""

import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.errors import ImpossibleValueError
from link_sim.fleet.plan import DeviceGroup, FleetPlan, Service, channel_of
from link_sim.fleet.report import FleetReport
from link_sim.fleet.run import plan_for_link, run_fleet
from link_sim.fleet.shard import SHARD_DEVICES
from link_sim.fleet.statistics import quantile_ranks, share_interval
from link_sim.links import load_link
from link_sim.loss.gilbert_elliott import GilbertElliott, Start
from link_sim.loss.model import Bernoulli, LossProcess, NoLoss
from link_sim.loss.timed import Asleep, Outage, Outages, TimedGilbertElliott
from link_sim.loss.trace import Trace
from link_sim.transports.ts004 import Version
from link_sim.transports.ts004_odds import BurstPlan, decode_probability

BURSTY = GilbertElliott(p=0.02, r=0.25)


def plan(devices: int = 2000, channel: GilbertElliott = BURSTY, fragments: int = 50) -> FleetPlan:
    return FleetPlan(
        devices=devices,
        fragments=fragments,
        slot_s=2.0,
        on_air_s=0.2,
        groups=(DeviceGroup(name="all", share=1.0, channel=channel),),
    )


def multicast(devices: int, channel: GilbertElliott, coded: int) -> FleetPlan:
    return replace(
        plan(devices, channel, fragments=210), service=Service.MULTICAST, coded_fragments=coded
    )


def same(one: FleetReport, other: FleetReport) -> bool:
    return bool(
        np.array_equal(one.sums.finished_by_slot, other.sums.finished_by_slot)
        and np.array_equal(one.sums.gave_up_by_slot, other.sums.gave_up_by_slot)
        and one.never_finished == other.never_finished
    )


def transmissions_of_one_device(channel: GilbertElliott, fragments: int, seed: int) -> int:
    process = channel.start(random.Random(seed))
    sent = received = 0
    while received < fragments:
        sent += 1
        received += not process.loses(0.0)
    return sent


def test_a_fleet_takes_as_long_as_its_devices_one_by_one() -> None:
    alone = sorted(transmissions_of_one_device(BURSTY, 50, seed) for seed in range(2000))

    report = run_fleet(plan(20_000), seed=1)

    for quantile in (0.1, 0.5, 0.9):
        together = report.finish_time_s(quantile)
        assert together is not None
        assert together.value / 2.0 == pytest.approx(alone[int(2000 * quantile)], abs=1)
    assert report.transmissions / 20_000 == pytest.approx(sum(alone) / 2000, rel=0.01)


def test_a_channels_losses_are_distributed_as_the_exact_model_says() -> None:
    channel = GilbertElliott(p=0.01, r=0.2)
    exact = channel.loss_count_distribution(20)
    fleet = replace(
        plan(200_000, channel, fragments=20), service=Service.MULTICAST, coded_fragments=0
    )

    report = run_fleet(fleet, seed=2)

    assert report.finished_share.value == pytest.approx(exact[0], abs=0.004)


def test_loss_probabilities_of_both_states_are_kept_to() -> None:
    channel = GilbertElliott(p=0.005, r=0.1, loss_bad=0.8, loss_good=0.01)
    exact = channel.loss_count_distribution(200)[0]
    fleet = replace(
        plan(100_000, channel, fragments=200), service=Service.MULTICAST, coded_fragments=0
    )

    assert run_fleet(fleet, seed=3).finished_share.value == pytest.approx(exact, abs=0.003)


def test_a_channel_that_starts_good_starts_good() -> None:
    channel = GilbertElliott(p=0.5, r=0.1, start_state=Start.GOOD)

    report = run_fleet(plan(3000, channel, fragments=1), seed=4)

    assert report.sums.finished_by_slot[1] == 3000  # found good by the first transmission


@given(st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_report(seed: int) -> None:
    assert same(run_fleet(plan(300), seed), run_fleet(plan(300), seed))


def test_any_number_of_workers_of_any_kind_gives_the_same_report() -> None:
    fleet = plan(3 * SHARD_DEVICES + 100, fragments=20)
    alone = run_fleet(fleet, seed=7)

    with ThreadPoolExecutor(3) as threads:
        assert same(alone, run_fleet(fleet, seed=7, executor=threads))
    with ProcessPoolExecutor(2) as processes:
        assert same(alone, run_fleet(fleet, seed=7, executor=processes))


def test_another_seed_gives_another_report() -> None:
    assert not same(run_fleet(plan(), seed=1), run_fleet(plan(), seed=2))


def test_every_device_is_accounted_for_once() -> None:
    groups = (
        DeviceGroup(name="near", share=0.7, channel=BURSTY),
        DeviceGroup(name="edge", share=0.2, channel=GilbertElliott(p=0.2, r=0.05)),
        DeviceGroup(name="off", share=0.1, channel=BURSTY, reachable=False),
    )
    report = run_fleet(replace(plan(10_000), groups=groups, max_failures=30), seed=5)

    assert report.finished + sum(report.never_finished.values()) == 10_000
    assert report.never_finished["unreachable"] == 1000
    assert report.never_finished["lost contact"] > 1000
    assert report.never_finished["too many losses"] == 0


def test_a_multicast_decodes_as_often_as_the_real_matrix() -> None:
    channel = GilbertElliott(p=0.1 * 0.2 / 0.9, r=0.2)  # 10 % loss in bursts of 5
    real = decode_probability(
        BurstPlan(data_fragments=210, coded_fragments=42, version=Version.V1),
        channel,
        random.Random(1),
        2000,
    )

    report = run_fleet(multicast(20_000, channel, coded=42), seed=6)

    assert report.finished_share.value == pytest.approx(real, abs=0.03)


def test_a_decoder_cap_is_a_reason_of_its_own() -> None:
    fleet = replace(multicast(2000, BURSTY, coded=200), max_lost=15)

    report = run_fleet(fleet, seed=8)

    assert report.never_finished["decoder full"] > 500
    assert report.finished + sum(report.never_finished.values()) == 2000


def test_an_outage_hits_all_devices_of_its_gateway_and_no_others() -> None:
    outage = Outage(start_s=10.0, end_s=30.0)
    fleet = replace(
        multicast(1000, GilbertElliott(p=0.0, r=1.0), coded=0),
        gateways=2,
        outages=((outage,), ()),
    )

    report = run_fleet(fleet, seed=9)

    assert report.finished == 500
    assert report.never_finished["too many losses"] == 500


def test_a_multicast_costs_a_gateway_the_same_for_ten_devices_and_a_million() -> None:
    small = run_fleet(multicast(10, BURSTY, coded=42), seed=1)
    large = run_fleet(multicast(5000, BURSTY, coded=42), seed=1)

    assert small.gateway_on_air_s == large.gateway_on_air_s == pytest.approx(252 * 0.2)


def test_completion_over_time_rises_to_the_share_that_finishes() -> None:
    report = run_fleet(plan(5000), seed=1)
    shares = [point.share.value for point in report.cdf()]

    assert shares == sorted(shares)
    assert shares[-1] == report.finished_share.value
    assert all(point.share.low <= point.share.value <= point.share.high for point in report.cdf())


def test_what_devices_spend_grows_with_the_transmissions_they_hear() -> None:
    fleet = plan(5000)
    report = run_fleet(fleet, seed=1)

    spread = report.spread(fleet.time_s)

    assert spread.devices == 5000
    assert spread.quantile(0.5) == report.finish_time_s(0.5)
    quantiles = [spread.quantile(share) for share in (0.1, 0.5, 0.99)]
    values = [one.value for one in quantiles if one is not None]
    assert values == sorted(values)
    total = spread.total()
    assert total is not None
    assert values[0] < total.value / 5000 < values[2]
    assert total.low < total.value < total.high


def test_nobody_who_is_unreachable_finishes_or_draws_anything() -> None:
    groups = (DeviceGroup(name="off", share=1.0, channel=BURSTY, reachable=False),)
    fleet = replace(plan(10), groups=groups)
    report = run_fleet(fleet, seed=1)
    spread = report.spread(fleet.time_s)

    assert report.finish_time_s(0.5) is None
    assert report.cdf() == []
    assert (spread.devices, spread.quantile(0.5), spread.total()) == (0, None, None)


def test_whoever_watches_is_told_every_device_once() -> None:
    told: list[int] = []

    run_fleet(plan(40_000), seed=1, observe=told.append)

    assert sum(told) == 40_000
    assert len(told) == 3


def test_an_interval_holds_the_true_share_about_95_times_in_100() -> None:
    rng = random.Random(1)
    held = 0
    for _ in range(1000):
        interval = share_interval(sum(rng.random() < 0.03 for _ in range(200)), 200)
        held += interval.low <= 0.03 <= interval.high

    assert 920 <= held <= 980


@given(st.floats(0.01, 0.99), st.integers(1, 10_000))
def test_the_ranks_of_a_quantile_are_ordered_and_exist(quantile: float, count: int) -> None:
    rank, low, high = quantile_ranks(quantile, count)

    assert 1 <= low <= rank <= high <= count


def test_a_links_plan_has_its_pace() -> None:
    link = load_link("eu868-dr5")
    fleet = plan_for_link(link, 239 * 40, 100, NoLoss())

    last = run_fleet(fleet, seed=1).finish_time_s(1.0)

    assert fleet.fragments == 40
    assert last is not None
    assert last.value == pytest.approx(link.estimate(239 * 40).duration_s, rel=0.03)


def test_a_gateway_that_serves_each_device_on_its_own_takes_longer_than_any_of_them() -> None:
    link = load_link("eu868-dr0")

    report = run_fleet(plan_for_link(link, 48 * 20, 1000, NoLoss()), seed=1)

    last = report.finish_time_s(1.0)
    assert last is not None
    assert report.plan.sender_share == 0.1
    assert report.gateway_needs_s > 900 * last.value


def test_a_fade_in_real_time_is_shorter_in_transmissions_on_a_slow_link() -> None:
    fade = TimedGilbertElliott(mean_good_s=100, mean_bad_s=20)

    slow, fast = channel_of(fade, 10.0), channel_of(fade, 0.1)

    assert slow.mean_bad_sojourn < 5 < fast.mean_bad_sojourn
    assert slow.mean_loss == pytest.approx(fast.mean_loss) == pytest.approx(1 / 6)


def test_outages_of_a_loss_model_reach_the_fleet() -> None:
    loss = Outages(outages=(Outage(start_s=0, end_s=1e9),), otherwise=Bernoulli(0.1))

    fleet = plan_for_link(load_link("eu868-dr5"), 1000, 50, loss)

    assert run_fleet(fleet, seed=1).finished == 0


def test_a_trace_is_met_by_every_device_at_another_place() -> None:
    trace = Trace(times_s=(0, 30, 40), delivered=(True, False, True))
    fleet = plan_for_link(load_link("eu868-dr5"), 239 * 20, 4000, trace)

    report = run_fleet(fleet, seed=1)
    slots = np.flatnonzero(report.sums.finished_by_slot)

    assert report.finished == 4000
    # 20 fragments take 79 s and meet two or three silences of 10 s: two or three slots each.
    assert (slots.min(), slots.max()) == (20 + 4, 20 + 9)
    assert report.transmissions / 4000 == pytest.approx(20 / 0.75, rel=0.05)


def test_devices_that_sleep_receive_in_their_share_of_the_time() -> None:
    asleep = Asleep(period_s=100, awake_s=25, otherwise=NoLoss())

    report = run_fleet(plan_for_link(load_link("ble-1m"), 239 * 400, 2000, asleep), seed=1)

    assert report.transmissions > 0
    assert report.never_finished["lost contact"] > 0
    steady = replace(asleep, period_s=1.0, awake_s=0.25)
    slow = run_fleet(plan_for_link(load_link("eu868-dr0"), 48 * 40, 500, steady), seed=1)
    assert slow.transmissions / 500 == pytest.approx(160, rel=0.1)


class _Unknown:
    """A loss model that only a single transfer can follow."""

    mean_loss = 0.0

    def start(self, rng: random.Random) -> LossProcess:
        return NoLoss().start(rng)


def test_a_model_that_arrays_cannot_follow_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="_Unknown is not available for a fleet"):
        plan_for_link(load_link("eu868-dr5"), 1000, 50, _Unknown())


def _wrong_plans() -> Sequence[dict[str, object]]:
    return [
        {"devices": 0},
        {"fragments": 0},
        {"on_air_s": 3.0},
        {"groups": ()},
        {"sender_share": 0.0},
        {"outages": ((), ())},
        {"service": Service.MULTICAST, "coded_fragments": 20_000},
    ]


@pytest.mark.parametrize("change", _wrong_plans())
def test_plans_that_cannot_be_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ImpossibleValueError):
        replace(plan(), **change)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.slow
def test_a_million_devices_take_a_few_seconds() -> None:
    report = run_fleet(plan(1_000_000, fragments=200), seed=1)

    assert report.finished == 1_000_000
