"""SMP uploads: windows, flash, loss."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.ble.smp_link import FlashPace, SmpLink
from link_sim.errors import ImpossibleValueError
from link_sim.links import link_text, load_link, parse_link
from link_sim.loss.model import Bernoulli
from link_sim.transfer import transfer
from tests.link_sim.receivers import Shelf

NO_FLASH = FlashPace()


def smp(name: str = "ble-2m-smp") -> SmpLink:
    link = load_link(name)
    assert isinstance(link, SmpLink)
    return link


def rate_kb_per_s(link: SmpLink, size_bytes: int = 100_000) -> float:
    return size_bytes / 1000 / (link.estimate(size_bytes).duration_s - link.set_up_s)


@given(st.integers(1, 4), st.floats(0, 0.3), st.integers(0, 2**32))
def test_every_fragment_arrives_whatever_is_lost(window: int, loss: float, seed: int) -> None:
    link = replace(smp(), window=window)
    data = random.Random(1).randbytes(3000)
    shelf = Shelf(data, 150)

    report = transfer(data, 150, shelf, link, Bernoulli(loss), random.Random(seed))

    assert report.completed
    assert not shelf.missing()


def test_a_window_of_one_needs_two_events_per_request() -> None:
    link = replace(smp(), flash=NO_FLASH)

    requests = 50
    duration_s = link.estimate(160 * requests).duration_s - link.set_up_s

    assert duration_s == pytest.approx(requests * 2 * 0.03, rel=0.02)


def test_speeds_are_of_the_order_that_was_measured() -> None:
    """Android window 1: 2 to 4 kB/s, window 3: 16 to 20, reassembly 36; nRF52840: 10 to 25."""
    one_at_a_time = rate_kb_per_s(smp())
    reassembled = rate_kb_per_s(smp("ble-2m-smp-window3"))

    assert 2 < one_at_a_time < 6
    assert 10 < reassembled < 40


def test_slow_flash_and_not_the_radio_is_the_bottleneck() -> None:
    fast = replace(smp("ble-2m-smp-window3"), flash=NO_FLASH)
    nrf52832 = replace(fast, flash=FlashPace(erase_page_s=0.0897, write_byte_s=0.338e-3 / 4))

    assert rate_kb_per_s(nrf52832) < 9.5  # erase and write alone allow 9.4 kB/s
    assert rate_kb_per_s(fast) > 5 * rate_kb_per_s(nrf52832)


def test_a_page_is_erased_once_when_its_first_byte_is_written() -> None:
    flash = FlashPace(page_bytes=100, erase_page_s=1.0)

    assert [flash.write_s(start, 50) for start in (0, 50, 100, 150)] == [1, 0, 1, 0]
    assert flash.write_s(0, 250) == 3


def test_an_upload_that_is_not_heard_for_the_supervision_timeout_reconnects() -> None:
    link, data = smp(), random.Random(1).randbytes(3000)

    report = transfer(data, 150, Shelf(data, 150), link, _DeafFrom(2.2, 8.0), random.Random(1))

    assert report.completed
    assert report.rounds == 2
    assert report.duration_s > 2.2 + link.supervision_timeout_s + link.set_up_s


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("window = 1", "window = 0", "window"),
        ("frame_bytes = 244", "frame_bytes = 60", "frame_bytes"),
        ("timeout_s = 4", "timeout_s = 0.05", "supervision_timeout_s"),
        ("window = 1", "window = 1\nspeed = 1", "smp.speed"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(old: str, new: str, field: str) -> None:
    with pytest.raises(ImpossibleValueError, match=field):
        parse_link(link_text("ble-2m-smp").replace(old, new))


class _DeafFrom:
    """Loses everything between two times."""

    mean_loss = 0.0

    def __init__(self, from_s: float, until_s: float) -> None:
        self._from_s, self._until_s = from_s, until_s

    def start(self, _rng: random.Random) -> "_DeafFrom":
        return self

    def loses(self, now_s: float) -> bool:
        return self._from_s <= now_s < self._until_s
