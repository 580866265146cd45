"""The built-in links of every region: payloads, dwell time, repeaters, duty cycle."""

import pytest

from link_sim.links import load_link
from link_sim.lora.link import LorawanLink
from link_sim.lora.region import DWELL_LIMIT_S

FRAGMENT_HEADER_BYTES = 3


def lorawan(name: str) -> LorawanLink:
    link = load_link(name)
    assert isinstance(link, LorawanLink)
    return link


@pytest.mark.parametrize(
    ("name", "fragment_bytes", "duty_cycle"),
    [
        ("eu868-dr5", 239, 0.1),
        ("as923-dr5", 239, 0.01),
        ("as923-dr4-dwell", 122, 1.0),
        ("in865-dr5", 239, 1.0),
        ("au915-dr8", 50, 1.0),
        ("au915-dr13-repeater", 219, 1.0),
        ("us915-dr10", 239, 1.0),
    ],
)
def test_a_region_decides_how_much_and_how_often(
    name: str, fragment_bytes: int, duty_cycle: float
) -> None:
    link = lorawan(name)
    fragments = 40

    estimate = link.estimate(fragments * fragment_bytes)

    frame_s = link.settings.downlink.time_on_air_s(FRAGMENT_HEADER_BYTES + fragment_bytes)
    assert link.max_fragment_bytes == fragment_bytes
    assert link.region.sub_band_at(link.downlink_hz).duty_cycle == duty_cycle
    pace_s = frame_s / duty_cycle if duty_cycle < 1 else frame_s + 0.00225
    assert estimate.duration_s == pytest.approx(fragments * pace_s, rel=0.1)


def test_downlinks_under_a_dwell_limit_end_within_400_ms() -> None:
    limited, free = lorawan("as923-dr4-dwell"), lorawan("eu868-dr4")

    def longest_s(link: LorawanLink) -> float:
        return link.settings.downlink.time_on_air_s(FRAGMENT_HEADER_BYTES + link.max_fragment_bytes)

    assert longest_s(limited) <= DWELL_LIMIT_S < longest_s(free)


def test_uplinks_under_a_dwell_limit_carry_status_answers_in_less_room() -> None:
    limited = lorawan("au915-dr8").settings.uplink

    assert limited.time_on_air_s(limited.application_bytes) <= DWELL_LIMIT_S
