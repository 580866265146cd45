"""NB-IoT tables and cycles."""

from dataclasses import replace
from itertools import pairwise

import pytest

from link_sim.cellular.bearer import NbIotBearer
from link_sim.cellular.nbiot import (
    DOWNLINK_TBS_BITS,
    NB2_DOWNLINK_TBS_BITS,
    NPDSCH_REPETITIONS,
    NPUSCH_REPETITIONS,
    UNITS,
    UPLINK_TBS_BITS,
    DownlinkCycle,
    UplinkCycle,
    UplinkTones,
    tbs_bits,
)
from link_sim.errors import ImpossibleValueError
from link_sim.links import load_link

PUBLISHED = DownlinkCycle(tbs_bits=680, subframes=4)
UPLINK = UplinkCycle(tbs_bits=1000, resource_units=8, tones=UplinkTones.TWELVE)


@pytest.mark.parametrize("table", [DOWNLINK_TBS_BITS, UPLINK_TBS_BITS])
def test_blocks_grow_along_rows_and_columns(table: tuple[tuple[int, ...], ...]) -> None:
    assert len(table) == 13
    for row in table:
        assert list(row) == sorted(set(row))
        assert len(row) <= len(UNITS)
    for lower, higher in pairwise(table):
        # Rows end where Cat-NB1 does, higher ones earlier.
        assert len(lower) >= len(higher)
        assert all(a <= b for a, b in zip(lower, higher, strict=False))
        assert lower[0] < higher[0]


def test_cat_nb1_stops_at_680_bits_down_and_1000_up() -> None:
    assert max(map(max, DOWNLINK_TBS_BITS)) == 680
    assert max(map(max, UPLINK_TBS_BITS)) == 1000


@pytest.mark.parametrize(("i_tbs", "i_sf"), [(13, 0), (-1, 0), (12, 3), (5, 7), (0, 8)])
def test_a_block_that_cat_nb1_lacks_is_refused(i_tbs: int, i_sf: int) -> None:
    with pytest.raises(ImpossibleValueError):
        tbs_bits(DOWNLINK_TBS_BITS, i_tbs, i_sf)


def test_repetitions_are_those_that_can_be_signalled() -> None:
    assert (
        *(1, 2, 4, 8, 16, 32, 64, 128),
        *(192, 256, 384, 512, 768, 1024, 1536, 2048),
    ) == NPDSCH_REPETITIONS
    assert NPUSCH_REPETITIONS == (1, 2, 4, 8, 16, 32, 64, 128)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("npdcch_repetitions", 3),
        ("npdsch_repetitions", 129),
        ("ack_repetitions", 256),
        ("usable_share", 0.0),
        ("usable_share", 1.5),
    ],
)
def test_a_cycle_that_cannot_be_signalled_is_refused(field: str, value: float) -> None:
    with pytest.raises(ImpossibleValueError, match=f"^{field}: "):
        replace(PUBLISHED, **{field: value})  # type: ignore[arg-type] # wrong values on purpose


def test_a_cycle_takes_far_longer_than_its_data() -> None:
    assert PUBLISHED.cycle_ms == 26
    assert PUBLISHED.transmitting_ms == 1 + 4 + 2
    assert PUBLISHED.rate_kbps == pytest.approx(26.15, abs=0.01)


def test_broadcast_subframes_stretch_the_cycle_by_a_third() -> None:
    loaded = replace(PUBLISHED, usable_share=0.75)

    assert loaded.sustained_ms == pytest.approx(26 / 0.75)
    assert loaded.rate_kbps == pytest.approx(19.6, abs=0.02)


@pytest.mark.parametrize(("period_ms", "cycle_ms"), [(None, 26), (13, 26), (16, 32), (64, 64)])
def test_a_cycle_waits_for_the_next_control_period(
    period_ms: float | None, cycle_ms: float
) -> None:
    assert replace(PUBLISHED, npdcch_period_ms=period_ms).cycle_ms == cycle_ms


@pytest.mark.parametrize(
    ("tones", "ms"),
    [
        (UplinkTones.SINGLE, 8),
        (UplinkTones.THREE, 4),
        (UplinkTones.SIX, 2),
        (UplinkTones.TWELVE, 1),
    ],
)
def test_fewer_tones_make_longer_resource_units(tones: UplinkTones, ms: int) -> None:
    cycle = replace(UPLINK, tones=tones, npusch_repetitions=2)

    assert cycle.transmitting_ms == 1 + 8 * ms * 2
    assert cycle.cycle_ms == cycle.transmitting_ms + 8 + 3


def test_a_datagram_takes_whole_transport_blocks() -> None:
    bearer = NbIotBearer(down=PUBLISHED, up=UPLINK, uplink_access_s=0.5, set_up_s=0.0)

    # 85 bytes of block less 4 of MAC and RLC; the datagram has one byte of PDCP.
    assert bearer.downlink(80).bytes_on_air == 85
    assert bearer.downlink(81).bytes_on_air == 170
    assert bearer.downlink(81).duration_s == pytest.approx(0.052)
    assert bearer.uplink(120).duration_s == pytest.approx(0.5 + 0.020)
    assert bearer.uplink(121).duration_s == pytest.approx(0.5 + 0.040)


def test_nb2_with_one_process_reaches_its_published_rate() -> None:
    cycle = DownlinkCycle(
        tbs_bits=tbs_bits(NB2_DOWNLINK_TBS_BITS, 13, UNITS.index(10)), subframes=10
    )

    assert cycle.cycle_ms == 32
    assert cycle.rate_kbps == pytest.approx(79.25)


def test_nb1_stops_where_its_category_does() -> None:
    assert max(bits for row in DOWNLINK_TBS_BITS for bits in row) == 680
    assert max(bits for row in UPLINK_TBS_BITS for bits in row) == 1000
    assert len(DOWNLINK_TBS_BITS) == len(UPLINK_TBS_BITS) == 13
    with pytest.raises(ImpossibleValueError, match="i_tbs"):
        tbs_bits(DOWNLINK_TBS_BITS, 13, 0)


def test_a_profile_of_nb2_is_faster_than_one_of_nb1() -> None:
    slow, fast = (load_link(name).estimate(50_000) for name in ("nbiot-ce0", "nbiot-nb2"))

    assert fast.duration_s < 0.5 * slow.duration_s
