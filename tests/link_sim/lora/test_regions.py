"""Regional tables: what physics and the regional parameters say about them."""

import pytest

from link_sim.errors import ImpossibleValueError
from link_sim.lora.frame import PHY_HEADER_BYTES, application_bytes, phy_payload_bytes
from link_sim.lora.modulation import LoraFrame, LrFhss
from link_sim.lora.region import DWELL_LIMIT_S, DataRate, Direction, Region, Revision
from link_sim.lora.regions import REGIONS, find_region
from link_sim.lora.regions.as923 import AS923
from link_sim.lora.regions.au915 import AU915
from link_sim.lora.regions.eu868 import EU868
from link_sim.lora.regions.in865 import IN865
from link_sim.lora.regions.us915 import US915

DWELL_LIMITED = [
    pytest.param(rate, id=f"{region.name}-{region.revision}-DR{index}")
    for region in REGIONS
    for index, rate in region.uplink.items()
    if isinstance(rate.modulation, LoraFrame) and rate.max_mac_payload_dwell_bytes is not None
]


@pytest.mark.parametrize("rate", DWELL_LIMITED)
def test_the_dwell_time_tables_follow_from_the_time_on_air(rate: DataRate) -> None:
    limit = rate.max_mac_payload_dwell_bytes or 0
    fits = rate.time_on_air_s(limit + PHY_HEADER_BYTES, Direction.UPLINK)
    one_more = rate.time_on_air_s(limit + PHY_HEADER_BYTES + 1, Direction.UPLINK)

    if limit == 0:
        # Nothing may be sent: not even a frame with headers alone fits.
        assert rate.time_on_air_s(phy_payload_bytes(0), Direction.UPLINK) > DWELL_LIMIT_S
    else:
        assert fits <= DWELL_LIMIT_S
        # 250 is what a PHYPayload of 255 bytes holds, whatever the time.
        assert one_more > DWELL_LIMIT_S or limit == 250


@pytest.mark.parametrize(
    ("rate", "size", "expected_ms"),
    [
        (EU868.downlink[0], 64, 2793.472),
        (EU868.downlink[1], 64, 1478.656),
        (EU868.downlink[2], 64, 698.368),
        (EU868.downlink[3], 128, 676.864),
        (EU868.downlink[4], 255, 696.832),
        (EU868.downlink[5], 255, 394.496),
        (EU868.downlink[6], 255, 197.248),
        (US915.downlink[8], 66, 616.448),
        (US915.downlink[9], 142, 615.424),
        (US915.downlink[10], 255, 563.712),
        (AU915.downlink[11], 255, 312.576),
        (AU915.downlink[12], 255, 174.208),
        (AU915.downlink[13], 255, 98.624),
    ],
)
def test_the_largest_downlink_of_each_data_rate_has_no_crc(
    rate: DataRate, size: int, expected_ms: float
) -> None:
    assert rate.mac_payload_limit() + PHY_HEADER_BYTES == size
    assert rate.time_on_air_s(size, Direction.DOWNLINK) * 1000 == pytest.approx(expected_ms)
    assert rate.time_on_air_s(size, Direction.UPLINK) >= rate.time_on_air_s(
        size, Direction.DOWNLINK
    )


@pytest.mark.parametrize(
    ("frequency_mhz", "name", "percent"),
    [
        (863.0, "K", 0.1),
        (864.999, "K", 0.1),
        (865.0, "L", 1.0),
        (867.1, "L", 1.0),
        (868.1, "M", 1.0),
        (868.95, "N", 0.1),
        (869.4, "P", 10.0),
        (869.525, "P", 10.0),
        (869.85, "R", 1.0),
    ],
)
def test_ten_percent_exist_in_one_european_sub_band_only(
    frequency_mhz: float, name: str, percent: float
) -> None:
    band = EU868.sub_band_at(round(frequency_mhz * 1e6))

    assert (band.name, band.duty_cycle_percent) == (name, percent)
    assert [b.name for b in EU868.sub_bands if b.duty_cycle_percent == 10] == ["P"]


@pytest.mark.parametrize("frequency_mhz", [862.9, 868.65, 869.3, 869.65, 870.0])
def test_between_the_sub_bands_nobody_may_send(frequency_mhz: float) -> None:
    with pytest.raises(ImpossibleValueError, match=r"^frequency_hz: "):
        EU868.sub_band_at(round(frequency_mhz * 1e6))


def test_lr_fhss_is_offered_to_uplinks_only() -> None:
    for region in REGIONS:
        assert not any(isinstance(rate.modulation, LrFhss) for rate in region.downlink.values())
    with pytest.raises(ImpossibleValueError, match="LR-FHSS is uplink only"):
        EU868.data_rate(8, Direction.DOWNLINK)


@pytest.mark.parametrize(
    ("region", "index", "direction"),
    [
        (IN865, 6, Direction.DOWNLINK),
        (US915, 3, Direction.DOWNLINK),
        (US915, 8, Direction.UPLINK),
    ],
)
def test_a_data_rate_that_a_region_lacks_is_refused(
    region: Region, index: int, direction: Direction
) -> None:
    with pytest.raises(ImpossibleValueError, match=f"has no {direction} DR{index}"):
        region.data_rate(index, direction)


def test_a_repeater_caps_every_payload_at_222_application_bytes() -> None:
    for region in REGIONS:
        for rate in (*region.uplink.values(), *region.downlink.values()):
            capped = rate.mac_payload_limit(repeater=True)

            assert capped == min(rate.max_mac_payload_bytes, 230)
            assert application_bytes(capped) <= 222


def test_payload_limits_depend_on_the_revision() -> None:
    older = find_region("AS923", Revision.RP001_1_0_2_B)

    assert older.downlink[2].mac_payload_limit() == 59
    assert AS923.downlink[2].mac_payload_limit() == 123
    assert older.downlink[3] == AS923.downlink[3]


def test_a_dwell_time_limit_where_there_is_none_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match=r"^dwell_limited: "):
        EU868.downlink[0].mac_payload_limit(dwell_limited=True)


def test_an_unknown_region_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ImpossibleValueError, match=r"no region CN470.*EU868 \(RP002\)"):
        find_region("CN470")


def test_every_region_may_send_on_its_second_receive_window() -> None:
    for region in REGIONS:
        assert region.sub_band_at(region.rx2_hz).duty_cycle > 0
        assert region.rx2_data_rate in region.downlink
