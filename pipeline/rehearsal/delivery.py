"""Carrying a package over a link: its head first, then the payload that the device asks for."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from device_apply.simulator.board import Board
from device_apply.simulator.simulated_device import fragments_per_message
from link_sim.contract import Observer, Receiver, TransferReport
from link_sim.link import Link
from link_sim.loss.model import LossModel
from link_sim.radio_energy import RadioUse
from link_sim.transfer import transfer
from link_sim.tray import Tray


class Channel:
    """A link in use, what it loses, and the chance behind both.

    Connections and duty-cycle accounts outlast a transfer: the payload travels over the connection
    that the head opened, and waits for the air time that the head spent.
    """

    def __init__(self, link: Link, loss: LossModel, seed: int) -> None:
        """Open the link; same seed, same losses."""
        self.link = link
        self._opened = link.open()
        self._loss = loss
        self._rng = random.Random(f"link {seed}")

    def carry(
        self,
        data: bytes,
        fragment_bytes: int,
        receiver: Receiver,
        start_s: float,
        observer: Observer | None = None,
    ) -> TransferReport:
        """Carry the fragments of `data` that the receiver misses."""
        return transfer(
            data,
            fragment_bytes,
            receiver,
            self._opened,
            self._loss,
            self._rng,
            start_s=start_s,
            observer=observer,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryEstimate:
    """What head and payload of a package take together on a link that loses nothing."""

    duration_s: float
    fragments: int
    bytes_on_air: int
    time_on_air_s: float
    ip_bytes: int
    """Bytes of IP datagrams: what operators bill; 0 on links without IP."""
    radio_use: RadioUse


class BoardReceiver:
    """The payload's receiver: a device that may lose power while it stores a fragment.

    What the link carries at once may be several fragments of the device, which keeps those that it
    stored before a cut and wants only the others again.
    """

    alignment_bytes = 1
    """The device pads fragments to its write unit itself."""

    def __init__(self, board: Board, message_bytes: int, on_cut: Callable[[float], None]) -> None:
        """Receive for `board`; `on_cut` is told the time of every power cut."""
        self._board = board
        self._count, self.fragment_bytes = fragments_per_message(message_bytes)
        self._on_cut = on_cut

    @property
    def message_bytes(self) -> int:
        """What the link has to carry at once: whole fragments."""
        return self._count * self.fragment_bytes

    def missing(self) -> Sequence[int]:
        """Return the messages that the device still wants something of."""
        return sorted({index // self._count for index in self._board.device.missing()})

    def deliver(self, index: int, data: bytes, now_s: float) -> None:
        """Hand a message to the device."""
        for number, at in enumerate(range(0, len(data), self.fragment_bytes)):
            fragment = data[at : at + self.fragment_bytes]
            if not self._board.receive(index * self._count + number, fragment):
                self._on_cut(now_s)
                return


def send_head(head: bytes, channel: Channel, start_s: float) -> TransferReport:
    """Carry a package's head into the RAM of a device."""
    fragment_bytes = channel.link.max_fragment_bytes
    tray = Tray(-(-len(head) // fragment_bytes))
    return channel.carry(head, fragment_bytes, tray, start_s)


def estimate_delivery(link: Link, head_bytes: int, payload_bytes: int) -> DeliveryEstimate:
    """Say what head and payload together take on a link that loses nothing.

    Raises:
        link_sim.errors.LinkError: the link cannot carry a payload of that size.
    """
    fragment_bytes = link.max_fragment_bytes
    parts = link.estimate_sequence([(head_bytes, fragment_bytes), (payload_bytes, fragment_bytes)])
    return DeliveryEstimate(
        duration_s=sum(part.duration_s for part in parts),
        fragments=sum(part.fragments for part in parts),
        bytes_on_air=sum(part.bytes_on_air for part in parts),
        time_on_air_s=sum(part.time_on_air_s for part in parts),
        ip_bytes=sum(part.ip_bytes for part in parts),
        radio_use=RadioUse.of(parts),
    )
