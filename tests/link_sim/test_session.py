"""What a session counts and refuses, seen through a link that is made for it."""

import random

import pytest

from link_sim.loss.gilbert_elliott import GilbertElliott
from link_sim.loss.model import NoLoss
from link_sim.session import MAX_ROUNDS, Session, SessionSettings
from tests.link_sim.receivers import Shelf


def session_of(shelf: Shelf, data: bytes, fragment_bytes: int, start_s: float = 0.0) -> Session:
    settings = SessionSettings(
        fragment_bytes=fragment_bytes, loss=NoLoss(), rng=random.Random(0), start_s=start_s
    )
    return Session(data, shelf, settings)


def test_the_last_fragment_may_be_shorter() -> None:
    data = bytes(range(10))
    session = session_of(Shelf(data, 4), data, 4)

    assert session.fragment_count == 3
    assert [session.size_of(index) for index in range(3)] == [4, 4, 2]


def test_time_never_runs_backwards() -> None:
    session = session_of(Shelf(b"x", 1), b"x", 1, start_s=5.0)

    session.wait_until(7.0)
    session.wait_until(6.0)

    assert session.now_s == 7.0
    assert session.report().duration_s == 2.0


def test_rounds_are_bounded() -> None:
    session = session_of(Shelf(b"x", 1), b"x", 1)

    begun = sum(1 for _ in range(MAX_ROUNDS + 5) if session.begin_round())

    assert begun == MAX_ROUNDS
    assert session.report().rounds == MAX_ROUNDS


def test_a_round_lists_what_the_receiver_misses_and_ends_when_it_misses_nothing() -> None:
    session = session_of(Shelf(b"abc", 1), b"abc", 1)

    assert session.begin_round() == [0, 1, 2]
    for index in range(3):
        session.deliver(index)

    assert session.begin_round() == []
    assert session.report().completed


@pytest.mark.parametrize("fragment_bytes", [1, 2])
def test_bytes_and_seconds_on_the_air_add_up(fragment_bytes: int) -> None:
    session = session_of(Shelf(b"abcd", fragment_bytes), b"abcd", fragment_bytes)

    session.count_on_air(10, 0.5)
    session.count_on_air(7, 0.25)

    assert session.report().bytes_on_air == 17
    assert session.report().time_on_air_s == 0.75


def test_each_direction_is_a_channel_of_its_own() -> None:
    settings = SessionSettings(
        fragment_bytes=1, loss=GilbertElliott(p=0.5, r=0.5), rng=random.Random(0)
    )

    session = Session(b"x", Shelf(b"x", 1), settings)

    assert session.uplink is not session.downlink
