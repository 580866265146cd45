"""A cell of devices, against LoRaSim's runs."""

import random

import pytest

from link_sim.errors import ImpossibleValueError
from link_sim.lora.cell import (
    Propagation,
    UplinkLoad,
    delivery_ratio,
    place_devices,
    spreading_factor_for,
)
from link_sim.lora.modulation import LoraFrame
from link_sim.lora.radio_budget import pure_aloha_delivery

SF12 = LoraFrame(spreading_factor=12, bandwidth_hz=125_000)
CELL_RADIUS_M = 359.67
"""LoRaSim's: where 14 dBm reach its sensitivity of -133.25 dBm."""


def ratio(nodes: int, capture_db: float | None) -> float:
    rng = random.Random(1)
    devices = place_devices(nodes, CELL_RADIUS_M, Propagation(shadowing_db=0), rng)
    load = UplinkLoad(frame=SF12, phy_payload_bytes=20, mean_interval_s=1000, capture_db=capture_db)
    return delivery_ratio([device.received_dbm(14) for device in devices], load, 12_000, rng)


@pytest.mark.parametrize(
    ("nodes", "lorasim"), [(100, 0.8172), (250, 0.5926), (500, 0.3637), (1000, 0.1694)]
)
def test_capture_agrees_with_lorasims_full_collision_check(nodes: int, lorasim: float) -> None:
    assert ratio(nodes, capture_db=6.0) == pytest.approx(lorasim, abs=0.025)


@pytest.mark.parametrize(("nodes", "lorasim"), [(100, 0.7717), (1000, 0.0726)])
def test_without_capture_it_is_pure_aloha(nodes: int, lorasim: float) -> None:
    theory = pure_aloha_delivery(nodes, 1000, SF12.time_on_air_s(20))

    assert ratio(nodes, capture_db=None) == pytest.approx(theory, abs=0.015)
    assert ratio(nodes, capture_db=None) == pytest.approx(lorasim, abs=0.02)


def test_devices_are_spread_evenly_over_the_disc() -> None:
    devices = place_devices(20_000, 1000, Propagation(), random.Random(2))

    inner = sum(device.distance_m < 500 for device in devices)
    assert inner / 20_000 == pytest.approx(0.25, abs=0.01)


def test_shadowing_is_drawn_once_per_device() -> None:
    """Drawn anew for each fragment it would average out, as it does in FUOTASim."""
    [device] = place_devices(1, 1000, Propagation(), random.Random(3))

    assert device.received_dbm(14) == device.received_dbm(14) == 14 - device.loss_db


@pytest.mark.parametrize(
    ("received_dbm", "expected"), [(-120, 7), (-125, 8), (-136.5, 12), (-140, None)]
)
def test_the_lowest_spreading_factor_that_hears_is_chosen(
    received_dbm: float, expected: int | None
) -> None:
    assert spreading_factor_for(received_dbm) == expected


def test_a_margin_costs_spreading_factors() -> None:
    assert spreading_factor_for(-120, margin_db=10) == 10


def test_an_empty_cell_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="cell"):
        place_devices(0, 100, Propagation(), random.Random(0))
