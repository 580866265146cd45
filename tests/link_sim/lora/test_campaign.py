"""What an update costs a cell around the fragments."""

from dataclasses import replace

import pytest

from link_sim.errors import ImpossibleValueError
from link_sim.links import load_link
from link_sim.lora.campaign import (
    Cell,
    cell_of,
    estimate_campaign,
    set_up_downlinks,
    status_answers_heard,
)
from link_sim.lora.duty_cycle import OffTime
from link_sim.lora.link import LorawanLink
from link_sim.lora.path import Path
from link_sim.lora.region import DataRate, Direction
from link_sim.lora.regions.eu868 import EU868
from link_sim.transports.ts004 import Version


def path(direction: Direction, index: int) -> Path:
    rate: DataRate = EU868.data_rate(index, direction)
    return Path(
        direction=direction,
        data_rate=rate,
        policy=OffTime(0.1),
        mac_payload_limit_bytes=rate.mac_payload_limit(),
    )


CELL = Cell(
    devices=50,
    unicast=path(Direction.DOWNLINK, 0),
    multicast=path(Direction.DOWNLINK, 5),
    uplink=path(Direction.UPLINK, 5),
    uplink_interval_s=30,
    unicast_duty_cycle=0.01,
    multicast_duty_cycle=0.1,
)


def test_the_set_up_of_a_small_delta_takes_longer_than_its_payload() -> None:
    estimate = estimate_campaign(CELL, fragments=50, fragment_bytes=239)

    assert estimate.set_up_s > 10 * estimate.payload_s


def test_set_up_time_grows_with_the_number_of_devices_and_shrinks_with_gateways() -> None:
    few, many = (
        estimate_campaign(replace(CELL, devices=count), fragments=50, fragment_bytes=239)
        for count in (20, 200)
    )
    shared = estimate_campaign(
        replace(CELL, devices=200, gateways=4), fragments=50, fragment_bytes=239
    )

    assert many.set_up_s == pytest.approx(10 * few.set_up_s)
    assert shared.set_up_s == pytest.approx(many.set_up_s / 4)


def test_a_single_device_is_bound_by_its_own_uplinks() -> None:
    alone = replace(CELL, devices=1, unicast_duty_cycle=0.1, unicast=path(Direction.DOWNLINK, 5))

    estimate = estimate_campaign(alone, fragments=50, fragment_bytes=239)

    assert estimate.set_up_s == 4 * 30


def test_the_payload_takes_as_long_as_published() -> None:
    estimate = estimate_campaign(CELL, fragments=51, fragment_bytes=239)

    assert estimate.payload_s == pytest.approx(197.642, rel=1e-4)


def test_four_downlinks_set_a_device_up() -> None:
    assert set_up_downlinks(Version.V1) == (6, 30, 11, 11)
    assert set_up_downlinks(Version.V2) == (6, 30, 17, 11)


def test_status_answers_without_a_random_delay_are_all_lost() -> None:
    assert status_answers_heard(CELL, 0.0) == 0
    assert status_answers_heard(replace(CELL, devices=1), 0.0) == 1


def test_a_longer_spread_lets_more_status_answers_through() -> None:
    shares = [status_answers_heard(CELL, 2.0 ** (4 + delay)) for delay in range(8)]

    assert shares == sorted(shares)
    assert shares[0] < 0.8 < shares[-1]


def test_what_a_gateway_cannot_hear_while_it_sends_is_reported() -> None:
    estimate = estimate_campaign(CELL, fragments=500, fragment_bytes=239)

    on_air_s = estimate.gateway_set_up_on_air_s + estimate.gateway_payload_on_air_s
    assert estimate.displaced_uplinks == pytest.approx(on_air_s / 30 * 50)
    assert estimate.total_s > estimate.payload_s


def test_a_links_settings_describe_its_cell() -> None:
    link = load_link("eu868-dr5-fuota")
    assert isinstance(link, LorawanLink)

    cell = cell_of(link, devices=50, uplink_interval_s=600)

    assert (cell.unicast_duty_cycle, cell.multicast_duty_cycle) == (0.01, 0.1)
    estimate = estimate_campaign(cell, fragments=50, fragment_bytes=link.max_fragment_bytes)
    assert estimate.set_up_s >= 4 * 600
    few = estimate_campaign(
        replace(cell, devices=10), fragments=50, fragment_bytes=link.max_fragment_bytes
    )
    assert estimate.displaced_uplinks > 5 * few.displaced_uplinks


@pytest.mark.parametrize("interval_s", [0.0, -1.0, float("inf")])
def test_devices_send_every_so_often(interval_s: float) -> None:
    with pytest.raises(ImpossibleValueError, match="uplink_interval_s"):
        replace(CELL, uplink_interval_s=interval_s)


def test_an_empty_cell_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="cell"):
        replace(CELL, devices=0)
