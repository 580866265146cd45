"""LTE-M, Cat-1 and 2G rates against published ones; coverage levels; the radio around traffic."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.cellular.carriers import LteMCycle, RateBearer, RepeatedCycle
from link_sim.cellular.coverage import CoverageThresholds, rsrp_dbm
from link_sim.cellular.rrc import Burst, RrcState, RrcTimers, state_seconds
from link_sim.errors import ImpossibleValueError

TIMERS = RrcTimers(set_up_s=1.5, inactivity_s=10, active_s=20)


@pytest.mark.parametrize(
    ("blocks", "period_ms", "kbps"), [(3, 10, 300), (3, 8, 375), (8, 10, 800), (10, 17, 588.2)]
)
def test_ltem_rates_are_the_published_ones(blocks: int, period_ms: float, kbps: float) -> None:
    cycle = LteMCycle(tbs_bits=1000, blocks=blocks, period_ms=period_ms)

    assert cycle.rate_kbps == pytest.approx(kbps, rel=0.001)


def test_mode_b_at_the_edge_gives_the_white_papers_1400_bits_per_second() -> None:
    cycle = RepeatedCycle(
        tbs_bits=328, mode="B", control_repetitions=64, data_repetitions=128, ack_repetitions=32
    )

    assert cycle.rate_kbps == pytest.approx(1.4, rel=0.03)


def test_mode_a_has_at_most_32_repetitions() -> None:
    with pytest.raises(ImpossibleValueError, match="data_repetitions"):
        RepeatedCycle(
            tbs_bits=328, mode="A", control_repetitions=1, data_repetitions=64, ack_repetitions=1
        )


def test_a_datagram_waits_for_the_radio_and_then_for_its_own_bits() -> None:
    bearer = RateBearer(
        down_kbps=8,
        up_kbps=4,
        down_latency_s=0.5,
        up_latency_s=1.0,
        set_up_s=0,
        header_bytes=0,
    )

    assert bearer.downlink(1000).duration_s == pytest.approx(1.5)
    assert bearer.uplink(1000).duration_s == pytest.approx(3.0)


def test_levels_follow_the_coupling_loss_they_are_meant_for() -> None:
    thresholds = CoverageThresholds()

    levels = [thresholds.first_level(rsrp_dbm(loss)) for loss in (130, 143, 145, 160, 165)]

    assert levels == [0, 0, 1, 2, None]


def test_a_device_at_a_threshold_does_not_change_level_with_every_measurement() -> None:
    thresholds = CoverageThresholds(thresholds_dbm=(-110.0,), floor_dbm=-140.0, hysteresis_db=3.0)
    flickering = [-109.5, -110.5] * 5

    assert thresholds.levels(flickering) == [0] + [1] * 9
    assert thresholds.levels([*flickering, -106.9])[-1] == 0


@given(st.lists(st.floats(-150, -90), max_size=30))
def test_a_level_is_never_better_than_the_signal_allows(measurements: list[float]) -> None:
    thresholds = CoverageThresholds()

    for rsrp, level in zip(measurements, thresholds.levels(measurements), strict=True):
        plain = thresholds.first_level(rsrp)
        assert (level is None) == (plain is None)
        assert plain is None or level is None or level >= plain


def test_thresholds_that_do_not_descend_are_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="thresholds_dbm"):
        CoverageThresholds(thresholds_dbm=(-120.0, -110.0))


def test_the_tail_of_the_inactivity_timer_outlasts_a_short_transfer() -> None:
    spent = state_seconds([Burst(start_s=100, end_s=102)], TIMERS, until_s=1000)

    assert spent[RrcState.SET_UP] == 1.5
    assert spent[RrcState.ACTIVE] == 2
    assert spent[RrcState.TAIL] == 10
    assert spent[RrcState.IDLE] == 20
    assert spent[RrcState.POWER_SAVING] == 100 + 1000 - 102 - 30


def test_release_assistance_ends_the_tail() -> None:
    timers = RrcTimers(set_up_s=1.5, inactivity_s=10, release_assistance=True, release_s=0.5)

    assert state_seconds([Burst(start_s=0, end_s=1)], timers, 100)[RrcState.TAIL] == 0.5


def test_bursts_within_the_tail_share_a_connection_and_later_ones_do_not() -> None:
    near = [Burst(start_s=0, end_s=1), Burst(start_s=5, end_s=6)]
    far = [Burst(start_s=0, end_s=1), Burst(start_s=50, end_s=51)]

    assert state_seconds(near, TIMERS, 100)[RrcState.SET_UP] == 1.5
    assert state_seconds(far, TIMERS, 100)[RrcState.SET_UP] == 3.0


@given(st.lists(st.tuples(st.floats(0.1, 50), st.floats(0, 20)), max_size=8))
def test_every_second_but_the_set_ups_is_accounted_for(spans: list[tuple[float, float]]) -> None:
    bursts, now_s = [], 0.0
    for gap_s, length_s in spans:
        bursts.append(Burst(start_s=now_s + gap_s, end_s=now_s + gap_s + length_s))
        now_s = bursts[-1].end_s
    until_s = now_s + 100

    spent = state_seconds(bursts, TIMERS, until_s)

    total_s = math.fsum(spent.values()) - spent[RrcState.SET_UP]
    assert total_s == pytest.approx(until_s)


def test_negative_timers_and_bursts_that_end_early_are_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="inactivity_s"):
        RrcTimers(set_up_s=1, inactivity_s=-1)
    with pytest.raises(ImpossibleValueError, match="burst"):
        Burst(start_s=2, end_s=1)
