"""The promises of `transfer`, on every kind of link."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from link_sim.contract import FragmentEvent, TransferReport
from link_sim.errors import ImpossibleValueError
from link_sim.link import Link
from link_sim.links import link_names, load_link
from link_sim.loss.gilbert_elliott import GilbertElliott
from link_sim.loss.model import Bernoulli, LossModel, NoLoss
from link_sim.session import MAX_ROUNDS
from link_sim.transfer import fragment_bytes_for, transfer
from tests.link_sim.receivers import Shelf

ONE_OF_EACH_KIND = ["eu868-dr0", "eu868-dr5", "us915-dr8", "ble-1m", "ble-coded-s8", "nbiot-ce0"]

LINKS = {name: load_link(name) for name in link_names()}

links = st.sampled_from([LINKS[name] for name in ONE_OF_EACH_KIND])
seeds = st.integers(0, 2**32)


def payload(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def carry(
    link: Link, size: int, loss: LossModel, seed: int
) -> tuple[TransferReport, Shelf, Sequence[FragmentEvent]]:
    data = payload(size)
    fragment_bytes = fragment_bytes_for(link, 4)
    shelf = Shelf(data, fragment_bytes, alignment_bytes=4)
    events: list[FragmentEvent] = []
    report = transfer(
        data, fragment_bytes, shelf, link, loss, random.Random(seed), observer=events.append
    )
    return report, shelf, events


@given(links, st.integers(1, 6000), seeds)
def test_without_loss_every_fragment_is_delivered_exactly_once(
    link: Link, size: int, seed: int
) -> None:
    report, shelf, _ = carry(link, size, NoLoss(), seed)

    assert report.completed
    assert set(shelf.deliveries.values()) == {1}
    assert len(shelf.deliveries) == report.fragments == report.fragments_sent
    assert (report.fragments_lost, report.rounds) == (0, 1)


@given(links, st.integers(1, 3000), st.floats(0, 0.45), seeds)
@settings(max_examples=40, deadline=None)
def test_a_transfer_completes_under_loss_below_one_half(
    link: Link, size: int, loss: float, seed: int
) -> None:
    report, shelf, events = carry(link, size, Bernoulli(loss), seed)

    assert report.completed
    assert shelf.missing() == []
    assert report.fragments_sent == len(events)
    assert report.fragments_lost == sum(event.lost for event in events)


@given(links, st.integers(1, 3000), seeds)
@settings(deadline=None)
def test_the_same_seed_gives_the_same_report(link: Link, size: int, seed: int) -> None:
    loss = GilbertElliott(p=0.1, r=0.3)

    assert carry(link, size, loss, seed)[0] == carry(link, size, loss, seed)[0]


@given(links, st.integers(1, 5000), st.integers(1, 5000))
def test_an_estimate_grows_with_the_size(link: Link, first: int, second: int) -> None:
    small, large = sorted((first, second))

    less, more = link.estimate(small), link.estimate(large)

    assert less.duration_s <= more.duration_s
    assert less.time_on_air_s <= more.time_on_air_s
    assert less.bytes_on_air <= more.bytes_on_air
    assert less.fragments <= more.fragments


@pytest.mark.parametrize("name", link_names())
def test_an_estimate_is_the_transfer_without_loss(name: str) -> None:
    link = LINKS[name]
    report, _, _ = carry(link, 5000, NoLoss(), seed=1)

    estimate = link.estimate(5000, fragment_bytes_for(link, 4))

    assert estimate.fragments == report.fragments
    assert estimate.duration_s == report.duration_s
    assert estimate.bytes_on_air == report.bytes_on_air
    assert estimate.time_on_air_s == report.time_on_air_s


@pytest.mark.parametrize("name", link_names())
def test_more_bytes_are_on_the_air_than_in_the_payload(name: str) -> None:
    estimate = LINKS[name].estimate(5000)

    assert estimate.bytes_on_air > 5000
    assert 0 < estimate.time_on_air_s < estimate.duration_s


@pytest.mark.parametrize("name", ONE_OF_EACH_KIND)
def test_a_fragment_that_the_receiver_forgot_is_sent_again(name: str) -> None:
    link, data = LINKS[name], payload(3000)
    shelf = Shelf(data, fragment_bytes_for(link, 1))
    shelf.forget_at = {1, 3}

    report = transfer(data, fragment_bytes_for(link, 1), shelf, link, NoLoss(), random.Random(0))

    assert report.completed
    assert report.rounds == 2
    assert sorted(shelf.deliveries.values())[-2:] == [2, 2]
    assert report.fragments_lost == 0


@pytest.mark.parametrize("name", ONE_OF_EACH_KIND)
def test_a_transfer_that_was_cut_off_continues_with_what_is_missing(name: str) -> None:
    link, data = LINKS[name], payload(3000)
    fragment_bytes = fragment_bytes_for(link, 1)
    shelf = Shelf(data, fragment_bytes)
    shelf.deliver(0, data[:fragment_bytes], 0.0)

    report = transfer(data, fragment_bytes, shelf, link, NoLoss(), random.Random(0))

    assert report.completed
    assert report.fragments_sent == report.fragments - 1
    assert shelf.deliveries[0] == 1


@pytest.mark.parametrize("name", ONE_OF_EACH_KIND)
def test_a_receiver_that_has_everything_costs_nothing(name: str) -> None:
    link, data = LINKS[name], b"eight by"
    shelf = Shelf(data, 16)
    shelf.deliver(0, data, 0.0)

    report = transfer(data, 16, shelf, link, NoLoss(), random.Random(0))

    assert report.completed
    assert (report.duration_s, report.bytes_on_air, report.rounds) == (0.0, 0, 0)


@pytest.mark.parametrize("name", ONE_OF_EACH_KIND)
def test_a_dead_link_ends_with_a_transfer_that_is_not_completed(name: str) -> None:
    report, shelf, _ = carry(LINKS[name], 500, Bernoulli(1.0), seed=3)

    assert not report.completed
    assert report.rounds <= MAX_ROUNDS
    assert not shelf.deliveries
    assert report.duration_s > 0


@pytest.mark.parametrize("name", ONE_OF_EACH_KIND)
def test_loss_costs_time_and_bytes(name: str) -> None:
    calm, _, _ = carry(LINKS[name], 5000, NoLoss(), seed=5)
    rough, _, _ = carry(LINKS[name], 5000, Bernoulli(0.3), seed=5)

    assert rough.duration_s > calm.duration_s
    assert rough.bytes_on_air > calm.bytes_on_air
    assert rough.fragments_sent > calm.fragments_sent


def test_virtual_time_starts_where_the_caller_says() -> None:
    link, data = LINKS["ble-1m"], payload(500)
    shelf = Shelf(data, 244)

    report = transfer(data, 244, shelf, link, NoLoss(), random.Random(0), start_s=1000.0)

    assert shelf.arrivals_s[0] > 1000
    assert report.duration_s == pytest.approx(link.estimate(500).duration_s)


@pytest.mark.parametrize(
    ("name", "alignment", "expected"),
    [
        ("eu868-dr0", 1, 48),
        ("eu868-dr3", 1, 112),
        ("eu868-dr5", 1, 239),
        ("eu868-dr5", 8, 232),
        ("us915-dr8", 4, 48),
        ("ble-1m", 4, 244),
        ("ble-1m", 16, 240),
        ("nbiot-ce0", 4, 512),
        ("nbiot-ce0", 512, 512),
    ],
)
def test_the_fragment_size_respects_the_link_and_the_alignment(
    name: str, alignment: int, expected: int
) -> None:
    assert fragment_bytes_for(LINKS[name], alignment) == expected


@pytest.mark.parametrize(
    ("name", "alignment"),
    [("eu868-dr0", 64), ("nbiot-ce0", 12), ("ble-1m", 256), ("ble-1m", 0)],
)
def test_an_alignment_that_no_fragment_can_have_is_refused(name: str, alignment: int) -> None:
    with pytest.raises(ImpossibleValueError, match=r"^alignment_bytes: "):
        fragment_bytes_for(LINKS[name], alignment)


@pytest.mark.parametrize(
    ("name", "fragment_bytes"),
    [("eu868-dr0", 49), ("ble-1m", 245), ("nbiot-ce0", 500), ("nbiot-ce0", 1024), ("ble-1m", 0)],
)
def test_a_fragment_that_the_link_cannot_carry_is_refused(name: str, fragment_bytes: int) -> None:
    with pytest.raises(ImpossibleValueError, match=r"^fragment_bytes: "):
        LINKS[name].estimate(1000, fragment_bytes)


def test_a_fragment_that_breaks_the_receivers_alignment_is_refused() -> None:
    shelf = Shelf(b"x" * 100, 42, alignment_bytes=4)

    with pytest.raises(ImpossibleValueError, match="42 is not a multiple of the receiver's 4"):
        transfer(b"x" * 100, 42, shelf, LINKS["ble-1m"], NoLoss(), random.Random(0))


def test_nothing_to_carry_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match=r"^size_bytes: "):
        LINKS["ble-1m"].estimate(0)


def test_a_receiver_that_wants_what_does_not_exist_is_the_callers_mistake() -> None:
    shelf = Shelf(b"x" * 1000, 100)

    with pytest.raises(ValueError, match=r"wants fragments 0\.\.9 of 1"):
        transfer(b"x" * 100, 100, shelf, LINKS["ble-1m"], NoLoss(), random.Random(0))


@pytest.mark.parametrize("name", ONE_OF_EACH_KIND)
def test_transfers_over_one_open_link_set_up_what_lasts_only_once(name: str) -> None:
    link = LINKS[name]
    size = link.max_fragment_bytes

    first, second = link.estimate_sequence([(size, size), (size, size)])

    assert first == link.estimate(size)
    if name.startswith("eu868"):
        # Every TS004 session is set up, and the second one waits for the gateway's duty cycle.
        assert second.duration_s > first.duration_s
    elif name.startswith("us915"):
        assert second.duration_s == pytest.approx(first.duration_s)
    else:
        assert second.duration_s < first.duration_s / 2


@pytest.mark.parametrize("name", ONE_OF_EACH_KIND)
def test_an_estimate_of_a_sequence_is_the_sequence_without_loss(name: str) -> None:
    link, opened = LINKS[name], LINKS[name].open()
    size = link.max_fragment_bytes
    now_s = 0.0

    for index, estimate in enumerate(link.estimate_sequence([(300, size), (2000, size)])):
        data = payload((300, 2000)[index])
        report = transfer(
            data, size, Shelf(data, size), opened, NoLoss(), random.Random(1), start_s=now_s
        )
        assert report.duration_s == pytest.approx(estimate.duration_s)
        assert report.bytes_on_air == estimate.bytes_on_air
        now_s += report.duration_s
