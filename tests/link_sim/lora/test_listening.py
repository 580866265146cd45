"""Device classes: when a downlink can reach a device, and what that does to an update."""

import itertools
import random
from dataclasses import replace

import pytest

from link_sim.contract import FragmentEvent
from link_sim.errors import ImpossibleValueError
from link_sim.links import load_link
from link_sim.lora.link import LorawanLink
from link_sim.lora.listening import AfterUplinks, PingSlots
from link_sim.lora.region import Direction
from link_sim.loss.model import Bernoulli, NoLoss
from link_sim.transfer import transfer
from tests.link_sim.receivers import Shelf


def lorawan(name: str = "eu868-dr5") -> LorawanLink:
    link = load_link(name)
    assert isinstance(link, LorawanLink)
    return link


def starts_s(link: LorawanLink, fragments: int, loss: float = 0.0) -> list[float]:
    """Return when each fragment started."""
    data = random.Random(1).randbytes(239 * fragments)
    events: list[FragmentEvent] = []
    model = Bernoulli(loss) if loss else NoLoss()

    report = transfer(
        data, 239, Shelf(data, 239), link, model, random.Random(2), observer=events.append
    )

    assert report.completed
    rate = link.region.data_rate(link.downlink_data_rate, Direction.DOWNLINK)
    time_s = rate.time_on_air_s(239 + 3 + 13, Direction.DOWNLINK)
    return [event.now_s - time_s for event in events]


def test_class_b_fragments_start_in_ping_slots_only() -> None:
    slots = PingSlots(device_address=bytes(4), periodicity=2)

    for start_s in starts_s(replace(lorawan(), listening=slots), 20):
        assert slots.opens_s(start_s - 1e-6) == pytest.approx(start_s, abs=1e-5)


def test_class_b_is_slower_than_class_c_and_slower_still_with_fewer_slots() -> None:
    durations = [
        replace(lorawan(), listening=listening).estimate(239 * 30).duration_s
        for listening in (
            lorawan().listening,
            PingSlots(device_address=bytes(4), periodicity=0),
            PingSlots(device_address=bytes(4), periodicity=5),
        )
    ]

    assert durations == sorted(durations)
    assert durations[0] < durations[1] < durations[2]


def test_class_a_gets_one_fragment_per_uplink() -> None:
    listening = AfterUplinks(interval_s=60, uplink_time_on_air_s=0.06)
    starts = starts_s(replace(lorawan(), listening=listening), 10)

    gaps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert gaps == pytest.approx([60.0] * 9)
    assert all(start % 60 == pytest.approx(1.06) for start in starts)


def test_a_lost_uplink_costs_a_class_a_device_its_downlink() -> None:
    listening = AfterUplinks(interval_s=60, uplink_time_on_air_s=0.06)
    link = replace(lorawan(), listening=listening)

    undisturbed, disturbed = starts_s(link, 20), starts_s(link, 20, loss=0.3)

    assert disturbed[-1] > undisturbed[-1] + 60


def test_a_class_a_device_that_never_stops_sending_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="receive windows"):
        AfterUplinks(interval_s=2, uplink_time_on_air_s=0.06)


def test_a_ping_slot_periodicity_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="periodicity"):
        PingSlots(device_address=bytes(4), periodicity=8)
