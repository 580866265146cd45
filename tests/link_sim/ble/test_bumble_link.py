"""Bumble's real GATT and L2CAP over our radio (the extra `airdelta[bumble]`)."""

import pytest

from link_sim.ble.pdu import Phy

pytest.importorskip("bumble", reason="needs the extra airdelta[bumble]")

from link_sim.crosscheck.bumble_transfers import coc_rate_kbps, gatt_write_rate_kbps


def test_the_same_seed_takes_the_same_simulated_time() -> None:
    first, second = (gatt_write_rate_kbps(Phy.LE_2M, 247, 20_000, 0.1) for _ in range(2))

    assert first == second


def test_ten_percent_loss_costs_ten_percent_of_the_rate_when_events_never_close() -> None:
    """1260.7 kbit/s were measured with bumble over a timed link (2M, MTU 247, 10 % loss)."""
    assert gatt_write_rate_kbps(Phy.LE_2M, 247, 100_000, 0.1) == pytest.approx(1260.7, rel=0.02)


def test_a_credit_based_channel_has_a_byte_less_overhead_and_waits_for_credits() -> None:
    assert coc_rate_kbps(Phy.LE_1M, 247, 100_000, 0.0) == pytest.approx(780.5, rel=0.01)


def test_an_attribute_of_more_than_512_bytes_is_never_written() -> None:
    assert gatt_write_rate_kbps(Phy.LE_1M, 517, 20_000, 0.0) > 600
