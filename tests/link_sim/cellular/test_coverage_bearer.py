"""A device that changes its coverage level during a download."""

import random
from dataclasses import replace

import pytest

from link_sim.cellular.coap_link import CoapLink
from link_sim.cellular.coverage_bearer import CoverageBearer
from link_sim.contract import TransferReport
from link_sim.errors import ImpossibleValueError
from link_sim.links import link_text, load_link, parse_link
from link_sim.loss.model import NoLoss
from link_sim.transfer import transfer
from tests.link_sim.receivers import Shelf

DATA = random.Random(1).randbytes(60_000)


def moving(times_s: tuple[float, ...], rsrp_dbm: tuple[float, ...]) -> CoapLink:
    """Return the built-in link with another way of the RSRP."""
    link = load_link("nbiot-moving")
    assert isinstance(link, CoapLink)
    assert isinstance(link.bearer, CoverageBearer)
    return replace(link, bearer=replace(link.bearer, times_s=times_s, rsrp_dbm=rsrp_dbm))


def run(link: CoapLink) -> TransferReport:
    shelf = Shelf(DATA, 512)
    report = transfer(DATA, 512, shelf, link, NoLoss(), random.Random(1))
    assert report.completed
    return report


def test_a_device_that_stays_takes_as_long_as_on_its_level_alone() -> None:
    for level, rsrp in ((0, -100.0), (1, -118.0)):
        link = load_link(f"nbiot-ce{level}")
        assert isinstance(link, CoapLink)
        alone = run(link)

        assert run(moving((0.0,), (rsrp,))).duration_s == pytest.approx(alone.duration_s)


def test_time_in_extended_coverage_is_lost_and_each_change_costs_a_set_up() -> None:
    stays = run(moving((0.0,), (-100.0,)))
    visits = run(moving((0.0, 10.0, 40.0), (-100.0, -118.0, -100.0)))
    level_1 = run(moving((0.0,), (-118.0,)))

    added_s = visits.duration_s - stays.duration_s
    # Of the 30 s in level 1, its share of the other level's pace and two set-ups of 2.7 s.
    expected_s = 30 * (1 - stays.duration_s / level_1.duration_s) + 2 * 2.7
    assert added_s == pytest.approx(expected_s, rel=0.15)


def test_hysteresis_keeps_a_level_through_small_changes() -> None:
    wobble = tuple(-111.0 - (n % 2) * 1.5 for n in range(40))
    times_s = tuple(float(n) for n in range(40))

    wobbling = run(moving((*times_s, 40.0), (*wobble, -100.0)))
    steady = run(moving((0.0, 1.0, 40.0), (-111.0, -112.5, -100.0)))

    assert wobbling.duration_s == pytest.approx(steady.duration_s)


def test_without_service_the_device_waits_until_it_returns() -> None:
    gap = run(moving((0.0, 10.0, 300.0), (-100.0, -140.0, -100.0)))
    stays = run(moving((0.0,), (-100.0,)))

    # The datagram under way at 10 s still arrives; then 290 s of silence and a set-up of 2.7 s.
    assert gap.duration_s - stays.duration_s == pytest.approx(290 + 2.7, abs=0.5)


def test_the_timeout_has_to_be_long_enough_for_the_worst_level() -> None:
    text = link_text("nbiot-moving").replace("ack_timeout_s = 15", "ack_timeout_s = 2")

    with pytest.raises(ImpossibleValueError, match="ack_timeout_s"):
        parse_link(text)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("times_s = [0, 30, 90]", "times_s = [0, 30]", "one value for each"),
        ("times_s = [0, 30, 90]", "times_s = [5, 30, 90]", "begin at 0"),
        ("times_s = [0, 30, 90]", "times_s = [0, 90, 90]", "ascend"),
        ("rsrp_dbm = [-105, -118, -105]", "rsrp_dbm = [-105, -118, -150]", "never have service"),
        ("rsrp_dbm = [-105, -118, -105]", 'rsrp_dbm = [-105, "x", -105]', "list of numbers"),
        ("nbiot.ce1", "nbiot.ce3", "ce3: unknown key"),
    ],
)
def test_a_way_that_cannot_be_is_refused(old: str, new: str, message: str) -> None:
    text = link_text("nbiot-moving")
    assert old in text

    with pytest.raises(ImpossibleValueError, match=message):
        parse_link(text.replace(old, new))
