"""Time on air against published vectors, and the rules that calculators get wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.errors import ImpossibleValueError
from link_sim.lora.modulation import CodingRate, FskFrame, LoraChip, LoraFrame, LrFhss


def frame(sf: int, khz: int, **settings: object) -> LoraFrame:
    return LoraFrame(spreading_factor=sf, bandwidth_hz=khz * 1000, **settings)  # type: ignore[arg-type] # settings vary by test


@pytest.mark.parametrize(
    ("sf", "khz", "size", "expected_ms"),
    [
        (7, 125, 14, 46.336),  # The Things Stack toa_test.go; avbentem
        (7, 125, 25, 61.696),  # avbentem/airtime-calculator
        (8, 125, 14, 82.432),
        (8, 125, 15, 92.672),
        (11, 125, 14, 659.456),
        (7, 125, 222, 348.416),  # tanupoo/lorawan_toa
        (10, 125, 24, 370.688),
    ],
)
def test_uplink_times_equal_published_vectors(
    sf: int, khz: int, size: int, expected_ms: float
) -> None:
    assert frame(sf, khz).time_on_air_s(size) * 1000 == pytest.approx(expected_ms, abs=1e-6)


@pytest.mark.parametrize(
    ("size", "settings", "symbols"),
    [
        (50, {}, 58),  # brocaar/lorawan airtime_test.go, all at SF12
        (13, {"low_data_rate": False, "implicit_header": True}, 18),
        (13, {"low_data_rate": False, "coding_rate": CodingRate.CR_4_6}, 26),
        (13, {"low_data_rate": False}, 23),
    ],
)
def test_payload_symbols_equal_published_vectors(
    size: int, settings: dict[str, object], symbols: int
) -> None:
    assert frame(12, 125, **settings).payload_symbols(size) == symbols


def test_the_preamble_alone_equals_a_published_vector() -> None:
    assert frame(12, 125).preamble_s * 1000 == pytest.approx(401.408)


@pytest.mark.parametrize(
    ("sf", "khz", "optimised"),
    [(10, 125, False), (11, 125, True), (12, 125, True), (12, 250, True), (12, 500, False)],
)
def test_low_data_rate_optimisation_follows_the_symbol_time_and_not_the_spreading_factor(
    *, sf: int, khz: int, optimised: bool
) -> None:
    assert frame(sf, khz).low_data_rate_optimised is optimised


def test_a_frame_without_payload_crc_can_be_shorter() -> None:
    assert frame(11, 125).time_on_air_s(51) * 1000 == pytest.approx(1314.816)
    assert frame(11, 125, payload_crc=False).time_on_air_s(51) * 1000 == pytest.approx(1232.896)


def test_sf6_with_implicit_header_equals_what_lorasim_uses() -> None:
    settings = frame(6, 500, implicit_header=True)

    assert settings.time_on_air_s(20) * 1000 == pytest.approx(7.072)


@given(
    sf=st.integers(7, 12),
    bandwidth_hz=st.sampled_from([125_000, 250_000, 500_000]),
    size=st.integers(0, 254),
    crc=st.booleans(),
)
def test_time_on_air_never_shrinks_with_the_payload_and_never_grows_without_crc(
    *, sf: int, bandwidth_hz: int, size: int, crc: bool
) -> None:
    settings = LoraFrame(spreading_factor=sf, bandwidth_hz=bandwidth_hz, payload_crc=crc)
    bare = LoraFrame(spreading_factor=sf, bandwidth_hz=bandwidth_hz, payload_crc=False)

    assert settings.time_on_air_s(size) <= settings.time_on_air_s(size + 1)
    assert bare.time_on_air_s(size) <= settings.time_on_air_s(size)


@given(st.integers(7, 12), st.integers(0, 255))
def test_both_chips_agree_from_sf7_up(sf: int, size: int) -> None:
    old = LoraFrame(spreading_factor=sf, bandwidth_hz=125_000)
    new = LoraFrame(spreading_factor=sf, bandwidth_hz=125_000, chip=LoraChip.SX126X)

    assert old.time_on_air_s(size) == new.time_on_air_s(size)


@pytest.mark.parametrize(
    ("sf", "khz", "settings", "field"),
    [
        (13, 125, {}, "spreading_factor"),
        (5, 125, {}, "spreading_factor"),
        (4, 125, {"chip": LoraChip.SX126X}, "spreading_factor"),
        (7, 123, {}, "bandwidth_hz"),
        (6, 125, {}, "implicit_header"),
    ],
)
def test_settings_that_no_radio_has_are_refused(
    sf: int, khz: int, settings: dict[str, object], field: str
) -> None:
    with pytest.raises(ImpossibleValueError, match=f"^{field}: "):
        frame(sf, khz, **settings)


def test_fsk_time_counts_preamble_sync_length_and_crc() -> None:
    assert FskFrame(bitrate_bps=50_000).time_on_air_s(200) == pytest.approx(0.03376)


def test_lr_fhss_has_no_time_on_air_here() -> None:
    with pytest.raises(ImpossibleValueError, match="LR-FHSS"):
        LrFhss(occupied_bandwidth_hz=137_000, coding_rate="1/3").time_on_air_s(10)
