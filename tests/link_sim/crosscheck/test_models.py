"""Inputs that the case file does not exercise: published figures, and what a model must refuse."""

import pytest

from link_sim.crosscheck.models import MODELS
from link_sim.errors import ImpossibleValueError
from link_sim.fields import Fields

Inputs = dict[str, object]

OLIVIA = {"rule": "olivia: round up to 1000 B per session and per 6 h CDR"}
TOA: Inputs = {
    "phy_payload": 10,
    "sf": 7,
    "bw_khz": 125,
    "cr": "4/5",
    "preamble": 8,
    "implicit_header": False,
    "crc": True,
}
ENCODE: Inputs = {"data": "bytes(0..99)", "fragment_size": 10, "redundancy": 5, "version": "v1"}
BURST: Inputs = {
    "region": "EU868",
    "freq_mhz": 869.525,
    "dr": 0,
    "size": 10_000,
    "fragment": 48,
    "redundancy": 0.2,
    "duty_cycle": 0.1,
    "downlink_crc": False,
    "pacing": "duty-cycle limited, first frame at t=0",
}
SILABS: Inputs = {"att_mtu": 23, "ci_ms": 7.5, "rule": "one acknowledged op per 2 CI"}


def run(model: str, inputs: Inputs) -> object:
    fields = Fields(inputs)
    result = MODELS[model](fields)
    fields.finish()
    return result


@pytest.mark.parametrize(
    ("model", "inputs", "expected"),
    [
        # An open session is cut into a record every six hours, each rounded up.
        ("billing_rounding", {**OLIVIA, "bytes_per_6h": 300, "open_session_h": 24}, 4000),
        ("billing_rounding", {**OLIVIA, "bytes_per_6h": 1001, "open_session_h": 7}, 4000),
        # The first request of the published 10,000-byte plan: 82 bytes beside 162 of data.
        ("smp_upload_overhead", {"off": 0, "data_len": 162, "first": True, "image": 10_000}, 82),
        ("smp_upload_overhead", {"off": 0, "data_len": 20, "first": True}, 83),
        (
            "ts004_encode",
            {**ENCODE, "select": [1, 4]},
            ["262622222e2e22222626", "363632323e3e22223636"],
        ),
        (
            # Row 1 of two fragments marks the second one, which is padded.
            "ts004_encode",
            {"data": "0102030405", "fragment_size": 3, "redundancy": 1, "version": "v2"},
            ["040500"],
        ),
        ("lora_toa", {**TOA, "sf": 12, "ldro": None}, pytest.approx(991.232)),
        ("lora_toa", {**TOA, "cr": "4/7", "ldro": False}, pytest.approx(49.408)),
        (
            "ble_throughput_silabs_read",
            {**SILABS, "op": "write"},
            pytest.approx(10_666.67, abs=0.01),
        ),
        ("edge_rate", {"mcs": "MCS-9", "dl_slots": 3}, pytest.approx(177.6)),
    ],
)
def test_a_model_gives_a_known_figure(model: str, inputs: Inputs, expected: object) -> None:
    assert run(model, inputs) == expected


@pytest.mark.parametrize(
    ("region", "dr", "dwell", "repeater", "mac_bytes"),
    [
        ("EU868", 9, False, False, 123),  # LR-FHSS, uplink only
        ("EU868", 5, False, True, 230),
        ("US915-UL", 2, False, False, 133),
        ("US915-DL", 9, False, False, 137),
        ("AS923", 4, True, False, 133),
        ("AU915-UL", 2, False, False, 59),
        ("AU915-DL", 13, False, True, 230),
        ("IN865", 7, False, False, 250),
    ],
)
def test_a_payload_limit_depends_on_region_direction_dwell_time_and_repeater(
    *, region: str, dr: int, dwell: bool, repeater: bool, mac_bytes: int
) -> None:
    inputs: Inputs = {"region": region, "dr": dr, "dwell_400ms": dwell, "repeater": repeater}

    assert run("lorawan_max_payload", inputs) == {
        "M": mac_bytes,
        "N": mac_bytes - 8,
        "phy": mac_bytes + 5,
        "fuota_fragment": mac_bytes - 8 - 3,
    }


def test_where_dwell_time_forbids_every_frame_nothing_is_left() -> None:
    inputs: Inputs = {"region": "AS923", "dr": 0, "dwell_400ms": True, "repeater": False}

    assert run("lorawan_max_payload", inputs) == {"M": 0, "N": 0, "phy": 0, "fuota_fragment": 0}


@pytest.mark.parametrize(
    ("model", "inputs", "field"),
    [
        ("fuota_multicast_c_elapsed", {**BURST, "fragment": 49}, "fragment"),
        ("fuota_multicast_c_elapsed", {**BURST, "freq_mhz": 868.1}, "duty_cycle"),
        ("fuota_multicast_c_elapsed", {**BURST, "freq_mhz": 868.65}, "frequency_hz"),
        ("fuota_multicast_c_elapsed", {**BURST, "dr": 8}, "data_rate"),
        ("fuota_multicast_c_elapsed", {**BURST, "pacing": "as fast as it goes"}, "pacing"),
        ("lorawan_max_payload", {"region": "EU868-XL"}, "region"),
        ("nbiot_tbs", {"i_tbs": 0, "i_sf": 6, "n_sf": 6}, "n_sf"),
        ("nbiot_tbs", {"i_tbs": 12, "i_sf": 5, "n_sf": 6}, "i_sf"),
        ("billing_rounding", {**OLIVIA, "bytes": [1, 2], "sessions": 3}, "sessions"),
        ("gprs_rate", {"cs": "CS-4", "dl_slots": 9}, "dl_slots"),
        ("gprs_rate", {"cs": "CS-5", "dl_slots": 4}, "cs"),
        ("ts004_encode", {**ENCODE, "select": [6]}, "select"),
        ("ts004_encode", {**ENCODE, "data": "xy"}, "data"),
        ("ts004_encode", {**ENCODE, "data": "bytes(9..300)"}, "data"),
        ("ble_throughput_silabs_read", {**SILABS, "op": "shout"}, "op"),
        (
            "chirpstack_mc_timeout",
            {"mc_class": "C", "fragments": 1, "ping_slot_periodicity": 3},
            "ping_slot_periodicity",
        ),
    ],
)
def test_inputs_that_cannot_be_are_refused_by_name(model: str, inputs: Inputs, field: str) -> None:
    with pytest.raises(ImpossibleValueError) as caught:
        run(model, inputs)

    assert caught.value.field == field


def test_a_downlink_with_crc_takes_longer() -> None:
    # At DR0 a CRC crosses a symbol block with 51 bytes of PHYPayload, with 64 it does not.
    plain, longer = (
        run("fuota_multicast_c_elapsed", {**BURST, "fragment": 35, "downlink_crc": crc})
        for crc in (False, True)
    )

    assert isinstance(plain, dict)
    assert isinstance(longer, dict)
    assert longer["elapsed_s"] > plain["elapsed_s"]
    assert longer["n"] == plain["n"]
