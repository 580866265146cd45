"""Three conventions of accounting for a duty cycle, side by side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.errors import ImpossibleValueError
from link_sim.lora.duty_cycle import (
    WINDOW_S,
    DutyCyclePolicy,
    FromStartOffTime,
    HourWindow,
    OffTime,
    Unlimited,
)
from link_sim.lora.pacing import burst_elapsed_s

DR5_FRAGMENT_S = 0.394496


def starts(policy: DutyCyclePolicy, times_s: list[float]) -> list[float]:
    """Send frames as early as the policy allows; return when they start."""
    ledger = policy.open_ledger()
    now_s, result = 0.0, []
    for time_s in times_s:
        start_s = ledger.earliest_start_s(now_s, time_s)
        ledger.book(start_s, time_s)
        result.append(start_s)
        now_s = start_s + time_s
    return result


def test_off_time_makes_the_period_ten_times_on_air_and_from_start_nine() -> None:
    assert starts(OffTime(0.1), [0.4, 0.4, 0.4]) == pytest.approx([0, 4.0, 8.0])
    assert starts(FromStartOffTime(0.1), [0.4, 0.4, 0.4]) == pytest.approx([0, 3.6, 7.2])


def test_an_hour_window_lets_ten_kilobytes_through_in_a_tenth_of_the_time() -> None:
    assert burst_elapsed_s(51, DR5_FRAGMENT_S, HourWindow(0.1)) == pytest.approx(20.1, abs=0.1)
    assert burst_elapsed_s(51, DR5_FRAGMENT_S, OffTime(0.1)) == pytest.approx(197.642, abs=0.01)


def test_an_hour_window_that_is_spent_waits_for_the_next_hour() -> None:
    assert starts(HourWindow(0.1), [200.0, 160.0, 1.0]) == [0.0, 200.0, 3600.0]


def test_without_a_limit_frames_follow_back_to_back() -> None:
    assert starts(Unlimited(), [1.0, 2.0, 3.0]) == [0.0, 1.0, 3.0]


def test_a_frame_that_exceeds_the_budget_of_an_hour_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="exceeds the budget of an hour"):
        HourWindow(0.001).open_ledger().earliest_start_s(0.0, 4.0)


@pytest.mark.parametrize("duty_cycle", [0.0, -0.1, 1.1, float("nan")])
@pytest.mark.parametrize("policy", [OffTime, FromStartOffTime, HourWindow])
def test_a_duty_cycle_is_a_share(policy: type[OffTime], duty_cycle: float) -> None:
    with pytest.raises(ImpossibleValueError, match=r"^duty_cycle: "):
        policy(duty_cycle)


frame_times = st.lists(st.floats(0.01, 3.5), min_size=1, max_size=60)
shares = st.sampled_from([0.001, 0.01, 0.1, 1.0])


@given(frame_times, shares)
def test_frames_never_overlap_under_any_policy(times_s: list[float], share: float) -> None:
    for policy in (OffTime(share), FromStartOffTime(share), HourWindow(share), Unlimited()):
        begun = starts(policy, times_s)

        for start_s, time_s, following_s in zip(begun, times_s, begun[1:], strict=False):
            assert following_s >= start_s + time_s


@given(frame_times, shares)
def test_off_time_keeps_the_share_over_every_whole_sequence(
    times_s: list[float], share: float
) -> None:
    begun = starts(OffTime(share), [*times_s, 0.01])

    assert sum(times_s) <= share * begun[-1] * (1 + 1e-9)


@given(frame_times, st.sampled_from([0.001, 0.01, 0.1]))
def test_an_hour_window_keeps_the_share_in_every_clock_hour(
    times_s: list[float], share: float
) -> None:
    spent: dict[int, float] = {}
    for start_s, time_s in zip(starts(HourWindow(share), times_s), times_s, strict=True):
        hour = int(start_s // WINDOW_S)
        spent[hour] = spent.get(hour, 0.0) + time_s

    assert max(spent.values()) <= share * WINDOW_S * (1 + 1e-9)


@pytest.mark.parametrize("policy", [OffTime(1.0), FromStartOffTime(0.9), HourWindow(1.0)])
def test_a_transmitter_sends_one_frame_at_a_time(policy: DutyCyclePolicy) -> None:
    ledger = policy.open_ledger()
    ledger.book(5.0, 2.0)

    assert ledger.earliest_start_s(5.0, 1.0) >= 7.0
