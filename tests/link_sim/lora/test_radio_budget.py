"""Sensitivity, path loss, collisions."""

import math

import pytest

from link_sim.lora.radio_budget import (
    log_distance_path_loss_db,
    pure_aloha_delivery,
    sensitivity_dbm,
)


def test_half_the_bandwidth_hears_three_decibels_more() -> None:
    wide = sensitivity_dbm(250_000, 6, -7.5)

    assert sensitivity_dbm(125_000, 6, -7.5) == pytest.approx(wide - 10 * math.log10(2))


def test_at_the_reference_distance_the_loss_is_the_reference_loss() -> None:
    loss_db = log_distance_path_loss_db(40, reference_m=40, reference_loss_db=127.41, exponent=2.08)

    assert loss_db == 127.41


def test_ten_times_the_distance_costs_ten_exponents() -> None:
    near, far = (
        log_distance_path_loss_db(d, reference_m=1000, reference_loss_db=128.95, exponent=2.32)
        for d in (1000, 10_000)
    )

    assert far - near == pytest.approx(23.2)


@pytest.mark.parametrize(("nodes", "theory"), [(100, 0.7105), (500, 0.1810), (1000, 0.0328)])
def test_aloha_delivery_is_exp_of_minus_twice_the_load(nodes: int, theory: float) -> None:
    assert pure_aloha_delivery(nodes, 1000.0, 1.712128) == pytest.approx(theory, abs=5e-4)


def test_a_node_alone_on_the_air_collides_with_nobody_in_the_limit() -> None:
    assert pure_aloha_delivery(0, 1000.0, 1.7) == 1.0
