"""Class-B ping slots."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.errors import ImpossibleValueError
from link_sim.lora.class_b import (
    BEACON_GUARD_S,
    BEACON_PERIOD_S,
    BEACON_RESERVED_S,
    PING_SLOT_S,
    SLOTS_PER_PERIOD,
    next_ping_slot_s,
    ping_slots_per_period,
)

addresses = st.binary(min_size=4, max_size=4)
slot_counts = st.sampled_from([1 << exponent for exponent in range(8)])


@pytest.mark.parametrize(
    ("after_s", "slots", "expected_s"), [(0, 1, 74.3), (120, 1, 185.62), (13, 2, 74.3)]
)
def test_slots_agree_with_chirpstack(after_s: float, slots: int, expected_s: float) -> None:
    assert next_ping_slot_s(after_s, bytes(4), slots) == pytest.approx(expected_s, abs=1e-6)


def test_the_parts_of_a_beacon_period_fill_it() -> None:
    window_s = SLOTS_PER_PERIOD * PING_SLOT_S

    assert BEACON_RESERVED_S + window_s + BEACON_GUARD_S == pytest.approx(BEACON_PERIOD_S)


@given(st.floats(0, 1e7), addresses, slot_counts)
def test_a_slot_is_never_in_the_past_nor_in_a_beacon(
    after_s: float, address: bytes, slots: int
) -> None:
    slot_s = next_ping_slot_s(after_s, address, slots)

    within_s = slot_s % BEACON_PERIOD_S
    assert slot_s >= after_s - 1e-6
    assert BEACON_RESERVED_S - 1e-6 <= within_s < BEACON_PERIOD_S - BEACON_GUARD_S
    assert slot_s - after_s < 2 * BEACON_PERIOD_S


@given(st.integers(0, 10_000), addresses, slot_counts)
def test_a_device_has_its_number_of_slots_in_every_period(
    beacon: int, address: bytes, slots: int
) -> None:
    start_s = float(beacon * BEACON_PERIOD_S)
    now_s, count = start_s, 0
    while (now_s := next_ping_slot_s(now_s, address, slots)) < start_s + BEACON_PERIOD_S:
        now_s += PING_SLOT_S / 2
        count += 1

    assert count == slots


def test_periodicity_0_is_every_second_and_7_once_per_beacon() -> None:
    """ChirpStack's issue 670 is about an interface that had it the other way round."""
    assert [ping_slots_per_period(p) for p in range(8)] == [128, 64, 32, 16, 8, 4, 2, 1]


@pytest.mark.parametrize("slots", [0, 3, 256])
def test_an_impossible_number_of_slots_is_refused(slots: int) -> None:
    with pytest.raises(ImpossibleValueError, match="ping_nb"):
        next_ping_slot_s(0, bytes(4), slots)


def test_an_impossible_periodicity_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="periodicity"):
        ping_slots_per_period(8)
