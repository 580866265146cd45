"""Bursts, redundancy and session timeouts."""

from fractions import Fraction

import pytest

from link_sim.errors import ImpossibleValueError
from link_sim.lora.duty_cycle import OffTime
from link_sim.lora.pacing import (
    burst_elapsed_s,
    class_b_timeout_exponent,
    class_c_timeout_exponent,
    redundant_fragments,
)


@pytest.mark.parametrize(
    ("frames", "time_on_air_s", "expected_s"),
    [
        (251, 2.793472, 6986.5),  # 10 kB with 20 % redundancy at EU868 DR0 to DR5
        (251, 1.478656, 3698.1),
        (251, 0.698368, 1746.6),
        (108, 0.676864, 724.9),
        (51, 0.696832, 349.1),
        (51, 0.394496, 197.6),
    ],
)
def test_a_burst_at_ten_percent_takes_as_long_as_published(
    frames: int, time_on_air_s: float, expected_s: float
) -> None:
    assert burst_elapsed_s(frames, time_on_air_s, OffTime(0.1)) == pytest.approx(
        expected_s, abs=0.06
    )


def test_redundancy_is_rounded_up_exactly() -> None:
    assert redundant_fragments(209, Fraction("0.2")) == 42
    assert redundant_fragments(90, Fraction("0.2")) == 18
    assert redundant_fragments(100, Fraction("0.07")) == 7
    assert redundant_fragments(10, Fraction(0)) == 0


def test_a_class_c_timeout_covers_one_margin_per_fragment_and_one_more() -> None:
    assert class_c_timeout_exponent(1, 5.0) == 4
    assert class_c_timeout_exponent(209, 5.0) == 11
    assert class_c_timeout_exponent(0, 1.0) == 0


def test_a_class_b_timeout_counts_beacon_periods() -> None:
    assert class_b_timeout_exponent(15, 7) == 4
    assert class_b_timeout_exponent(16, 3) == 1
    assert class_b_timeout_exponent(17, 3) == 2


def test_what_no_timeout_covers_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="no timeout covers them"):
        class_c_timeout_exponent(10_000, 5.0)


@pytest.mark.parametrize("periodicity", [-1, 8])
def test_a_ping_slot_periodicity_outside_0_to_7_is_refused(periodicity: int) -> None:
    with pytest.raises(ImpossibleValueError, match=r"^ping_slot_periodicity: "):
        class_b_timeout_exponent(1, periodicity)
