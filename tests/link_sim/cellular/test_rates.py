"""Ratios."""

import pytest

from link_sim.cellular.rates import EDGE_SLOT_KBPS, GPRS_SLOT_KBPS, harq_rate_kbps, transfer_s
from link_sim.flash_ceiling import erase_and_write_bytes_per_s
from link_sim.tariff import billed_bytes


def test_higher_coding_schemes_carry_more() -> None:
    for table in (GPRS_SLOT_KBPS, EDGE_SLOT_KBPS):
        assert list(table.values()) == sorted(table.values())


def test_a_rate_is_what_a_period_carries() -> None:
    assert harq_rate_kbps(1000, 3, 10) == 300
    assert transfer_s(2_000_000, 20) == 800


def test_a_slow_flash_is_slower_than_any_radio() -> None:
    assert erase_and_write_bytes_per_s(4096, 0.0897, 4, 0.000338) == pytest.approx(9398, abs=1)


def test_every_record_is_rounded_up() -> None:
    assert billed_bytes([120, 120, 120], 1000) == 3000
    assert billed_bytes([1000, 1001, 0], 1000) == 3000
    assert billed_bytes([], 1000) == 0
