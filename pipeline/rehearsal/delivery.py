"""Carrying a package over a link: its head first, then the payload that the device asks for."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from device_apply.simulator.board import Board
from link_sim.contract import Observer, TransferReport
from link_sim.link import Link
from link_sim.loss.model import LossModel
from link_sim.transfer import fragment_bytes_for, transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A link, what it loses, and the chance behind both."""

    link: Link
    loss: LossModel
    rng: random.Random


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryEstimate:
    """What a package takes on a link that loses nothing."""

    duration_s: float
    fragments: int
    bytes_on_air: int
    time_on_air_s: float


class Tray:
    """A receiver that keeps every fragment in RAM: a device's buffer for a head."""

    alignment_bytes = 1

    def __init__(self, fragments: int) -> None:
        """Expect that many fragments."""
        self._missing = set(range(fragments))

    def missing(self) -> Sequence[int]:
        """Return the indices that did not arrive yet."""
        return sorted(self._missing)

    def deliver(self, index: int, _data: bytes, _now_s: float) -> None:
        """Keep a fragment."""
        self._missing.discard(index)


class BoardReceiver:
    """The payload's receiver: a device that may lose power while it stores a fragment."""

    def __init__(self, board: Board, on_cut: Callable[[float], None]) -> None:
        """Receive for `board`; `on_cut` is told the time of every power cut."""
        self._board = board
        self._on_cut = on_cut
        self.alignment_bytes = board.flash.geometry.write_unit_bytes

    def missing(self) -> Sequence[int]:
        """Return what the device still wants."""
        return self._board.device.missing()

    def deliver(self, index: int, data: bytes, now_s: float) -> None:
        """Hand a fragment to the device."""
        if not self._board.receive(index, data):
            self._on_cut(now_s)


def send_head(head: bytes, channel: Channel, start_s: float) -> TransferReport:
    """Carry a package's head into the RAM of a device."""
    fragment_bytes = channel.link.max_fragment_bytes
    tray = Tray(-(-len(head) // fragment_bytes))
    link, loss, rng = channel.link, channel.loss, channel.rng
    return transfer(head, fragment_bytes, tray, link, loss, rng, start_s=start_s)


def payload_fragment_bytes(link: Link, write_unit_bytes: int) -> int:
    """Return the fragment size for a payload: the largest that the device can program at once.

    Raises:
        link_sim.errors.LinkError: the link carries no such size.
    """
    return fragment_bytes_for(link, write_unit_bytes)


def send_payload(
    payload: bytes,
    receiver: BoardReceiver | Tray,
    channel: Channel,
    start_s: float,
    observer: Observer | None = None,
) -> TransferReport:
    """Carry the fragments of a payload that the receiver misses."""
    size = payload_fragment_bytes(channel.link, receiver.alignment_bytes)
    link, loss, rng = channel.link, channel.loss, channel.rng
    return transfer(payload, size, receiver, link, loss, rng, start_s=start_s, observer=observer)


def estimate_delivery(
    link: Link, head_bytes: int, payload_bytes: int, write_unit_bytes: int
) -> DeliveryEstimate:
    """Say what head and payload together take on a link that loses nothing."""
    parts = (
        link.estimate(head_bytes),
        link.estimate(payload_bytes, payload_fragment_bytes(link, write_unit_bytes)),
    )
    return DeliveryEstimate(
        duration_s=sum(part.duration_s for part in parts),
        fragments=sum(part.fragments for part in parts),
        bytes_on_air=sum(part.bytes_on_air for part in parts),
        time_on_air_s=sum(part.time_on_air_s for part in parts),
    )
