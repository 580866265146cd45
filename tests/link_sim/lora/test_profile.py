"""The `[lorawan]` table: classes, pacing and repair, and what it refuses."""

import pytest

from link_sim.errors import ImpossibleValueError
from link_sim.links import link_text, load_link, parse_link
from link_sim.lora.link import LorawanLink
from link_sim.lora.listening import AfterUplinks, Always, PingSlots
from link_sim.lora.server_pacing import WHEN_LEGAL, aws, chirpstack


def lorawan(text: str) -> LorawanLink:
    link = parse_link(text)
    assert isinstance(link, LorawanLink)
    return link


def with_line(line: str) -> str:
    return link_text("eu868-dr5") + line + "\n"


def test_a_class_decides_when_a_device_listens() -> None:
    classes = [
        type(lorawan(link_text(name)).listening)
        for name in ("eu868-dr5", "eu868-dr3-class-b", "eu868-dr5-class-a")
    ]

    assert classes == [Always, PingSlots, AfterUplinks]


def test_a_server_decides_how_fragments_are_paced() -> None:
    assert lorawan(link_text("eu868-dr5")).pacing == WHEN_LEGAL
    assert lorawan(with_line('pacing = "duty-cycle"')).pacing == WHEN_LEGAL
    assert lorawan(with_line('pacing = "chirpstack"\ngateways = 2')).pacing == chirpstack(
        gateways=2
    )
    assert lorawan(with_line('pacing = "aws"\nfragment_interval_ms = 900')).pacing == aws(900)


def test_repair_is_selective_unless_coded_fragments_are_asked_for() -> None:
    assert lorawan(link_text("eu868-dr5")).redundancy is None
    assert lorawan(with_line('repair = "selective"')).redundancy is None
    plan = lorawan(with_line('repair = "coded"\nredundancy = 0.1\ndecoder_max_lost = 5')).redundancy
    assert plan is not None
    assert (plan.first_share, plan.max_lost) == (0.1, 5)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('class = "D"', "lorawan.class"),
        ('class = "B"', "lorawan.device_address"),
        ('class = "B"\nping_slot_periodicity = 8\ndevice_address = "00000000"', "periodicity"),
        ('class = "B"\nping_slot_periodicity = 1\ndevice_address = "0000"', "lorawan.devaddr"),
        ('class = "B"\nping_slot_periodicity = 1\ndevice_address = "zz"', "device_address"),
        ('class = "A"\nuplink_interval_s = 1\nuplink_bytes = 10', "uplink_interval_s"),
        ("ping_slot_periodicity = 1", "lorawan.ping_slot_periodicity"),
        ('pacing = "fast"', "lorawan.pacing"),
        ('pacing = "aws"', "lorawan.fragment_interval_ms"),
        ("gateways = 2", "lorawan.gateways"),
        ('repair = "coded"', "lorawan.redundancy"),
        ('repair = "magic"', "lorawan.repair"),
        ("redundancy = 0.1", "lorawan.redundancy"),
    ],
)
def test_a_table_that_cannot_be_is_refused_with_the_field(line: str, field: str) -> None:
    with pytest.raises(ImpossibleValueError, match=field):
        parse_link(with_line(line))


def test_a_multicast_of_100_kb_takes_what_was_published() -> None:
    """1981 s at DR5 with 20 % redundancy, the set-up beside it."""
    estimate = load_link("eu868-dr5-fuota").estimate(100_000)

    assert estimate.duration_s == pytest.approx(1981, abs=5)
