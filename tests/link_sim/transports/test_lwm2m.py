"""LwM2M object 5, by PULL and by PUSH."""

import pytest

from link_sim.errors import ImpossibleValueError
from link_sim.transports.coap import BlockUpload
from link_sim.transports.lwm2m import control_bytes, push_bytes, push_largest_image_bytes


def test_a_push_sends_the_image_and_about_20_bytes_per_block() -> None:
    exchange = push_bytes(10_240, 512)

    overhead = exchange.down - 10_240
    assert 20 * 18 <= overhead <= 20 * 21
    assert exchange.up == sum(
        BlockUpload(path="5/0/0", block_bytes=512).response_bytes(block) for block in range(20)
    )


def test_a_pull_costs_little_beside_the_download() -> None:
    exchange = control_bytes("coap://updates.example.com/fw")

    assert exchange.down < 100
    assert exchange.up < 100


def test_a_servers_timeout_bounds_what_a_push_can_deliver() -> None:
    """ThingsBoard: 120 s, about 70 KB."""
    assert push_largest_image_bytes(120, 512, 0.87) == pytest.approx(70_000, rel=0.02)


def test_impossible_values_are_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="uri"):
        control_bytes("")
    with pytest.raises(ImpossibleValueError, match="round_trip_s"):
        push_largest_image_bytes(120, 512, 0)
    with pytest.raises(ImpossibleValueError, match="block_bytes"):
        push_bytes(100, 100)
