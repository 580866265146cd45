"""Built-in links, and links from text."""

import pytest

from link_sim.errors import ImpossibleValueError, UnknownLinkError, UnreadableTextError
from link_sim.links import link_names, link_text, load_link, parse_link

PROMISED_NAMES = [
    *(f"eu868-dr{index}" for index in range(7)),
    *("ble-1m", "ble-2m", "ble-coded-s8"),
    *("nbiot-ce0", "nbiot-ce1", "nbiot-ce2"),
]


def test_the_promised_links_exist() -> None:
    assert set(PROMISED_NAMES) <= set(link_names())
    assert link_names() == sorted(link_names())


@pytest.mark.parametrize("name", link_names())
def test_a_built_in_link_is_called_what_its_file_is_called(name: str) -> None:
    link = load_link(name)

    assert link.name == name
    assert link.description
    assert "\n" not in link.description


def test_an_unknown_link_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(UnknownLinkError, match=r"no link 'lora'.*eu868-dr0"):
        load_link("lora")


def test_a_name_with_a_path_in_it_reads_no_file() -> None:
    with pytest.raises(UnknownLinkError):
        load_link("../profiles/ble-1m")


def test_text_that_is_not_toml_is_refused() -> None:
    with pytest.raises(UnreadableTextError, match="not TOML"):
        parse_link("name = ")


@pytest.mark.parametrize(
    ("name", "old", "new", "field"),
    [
        ("ble-1m", "phy =", "fy =", "ble.phy"),
        ("ble-1m", 'radio = "ble"', 'radio = "zigbee"', "radio"),
        ("ble-1m", 'phy = "1M"', 'phy = "3M"', "ble.phy"),
        ("ble-1m", "interval_ms = 50", "interval_ms = 51", "ble.interval_ms"),
        ("ble-1m", "interval_ms = 50", "interval_ms = 5", "ble.interval_ms"),
        ("ble-1m", "att_mtu = 247", "att_mtu = 22", "ble.att_mtu"),
        ("ble-1m", "att_mtu = 247", "att_mtu = 1000", "ble.att_mtu"),
        ("ble-1m", "ll_payload_bytes = 251", "ll_payload_bytes = 252", "ble.ll_payload_bytes"),
        ("ble-1m", "timeout_s = 4", "timeout_s = 0.1", "ble.supervision_timeout_s"),
        ("ble-1m", "timeout_s = 4", "timeout_s = 40", "ble.supervision_timeout_s"),
        ("ble-1m", "set_up_s = 2", "set_up_s = -1", "ble.set_up_s"),
        ("ble-1m", "set_up_s = 2", "set_up_s = true", "ble.set_up_s"),
        ("ble-1m", "set_up_s = 2", "set_up_s = nan", "ble.set_up_s"),
        ("ble-1m", "set_up_s = 2", "set_up_s = 2\nspeed = 9", "ble.speed"),
        ("ble-1m", 'radio = "ble"', 'radio = "ble"\ncolour = 1', "colour"),
        ("ble-coded-s8", "interval_ms = 100", "interval_ms = 15", "ble.interval_ms"),
        ("eu868-dr0", 'region = "EU868"', 'region = "EU433"', "lorawan.region"),
        ("eu868-dr0", "downlink_data_rate = 0", "downlink_data_rate = 8", "lorawan.data_rate"),
        ("eu868-dr0", "uplink_data_rate = 0", "uplink_data_rate = 8", "lorawan.data_rate"),
        ("eu868-dr0", "downlink_mhz = 869.525", "downlink_mhz = 869.3", "lorawan.frequency_hz"),
        ("eu868-dr0", '"RP002"', '"RP009"', "lorawan.revision"),
        ("eu868-dr0", '"v2"', '"v2"\nuplink_dwell_limited = true', "lorawan.dwell_limited"),
        ("eu868-dr0", '"v2"', '"v2"\nblock_ack_delay = 8', "lorawan.block_ack_delay"),
        ("nbiot-ce0", "npdsch_repetitions = 1", "npdsch_repetitions = 3", "nbiot.npdsch_rep"),
        ("nbiot-ce0", "subframes = 4", "subframes = 7", "nbiot.downlink.subframes"),
        ("nbiot-ce0", "i_tbs = 10", "i_tbs = 13", "nbiot.i_tbs"),
        ("nbiot-ce0", "i_tbs = 10\nsubframes = 4", "i_tbs = 0\nsubframes = 2", "nbiot.i_tbs"),
        ("nbiot-ce0", "subframes = 4", "subframes = 4\ncolour = 1", "nbiot.downlink.colour"),
        ("nbiot-ce0", "tones = 12", "tones = 12\ncolour = 1", "nbiot.uplink.colour"),
        ("nbiot-ce0", 'path = "fw"', 'path = "fw"\ncolour = 1', "nbiot.coap.colour"),
        ("nbiot-ce0", "tones = 12", "tones = 5", "nbiot.uplink.tones"),
        ("nbiot-ce0", "block_bytes = 512", "block_bytes = 500", "nbiot.block_bytes"),
        ("nbiot-ce2", "block_bytes = 256", "block_bytes = 1024", "nbiot.coap.ack_timeout_s"),
    ],
)
def test_a_wrong_key_or_an_impossible_value_names_its_field(
    name: str, old: str, new: str, field: str
) -> None:
    text = link_text(name)
    assert text.count(old) >= 1

    with pytest.raises(ImpossibleValueError) as caught:
        parse_link(text.replace(old, new))

    assert str(caught.value).startswith(field)


@pytest.mark.parametrize("key", ["name", "description", "radio", "lorawan"])
def test_a_missing_key_is_named(key: str) -> None:
    lines = link_text("eu868-dr3").replace("[lorawan]", "[other]").splitlines()
    kept = "\n".join(line for line in lines if not line.startswith(f"{key} ="))

    with pytest.raises(ImpossibleValueError, match=f"^{key}: missing"):
        parse_link(kept)


def test_a_session_that_ts004_cannot_number_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="TS004 numbers 16383"):
        load_link("eu868-dr0").estimate(48 * 16_383 + 1)


def test_assumptions_are_sentences() -> None:
    for name in link_names():
        for sentence in load_link(name).assumptions:
            assert sentence.endswith(".")


def test_text_that_nests_without_end_is_refused() -> None:
    with pytest.raises(UnreadableTextError, match="not TOML"):
        parse_link("name = " + "[" * 100_000)
