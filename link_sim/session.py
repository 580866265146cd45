"""One transfer in progress: the fragments, the receiver, the clock and the tallies.

A link moves a `Session` forward; the session keeps the rules that are the same on every link: what
the receiver misses is asked of the receiver and of nobody else, virtual time only grows, and rounds
are bounded.
"""

import random
from dataclasses import dataclass

from link_sim.contract import FragmentEvent, Observer, Receiver, TransferReport
from link_sim.loss.model import LossModel
from link_sim.loss.timed import start_both_directions

MAX_ROUNDS = 64
"""Passes after which a transfer gives up.

At a loss of 0.5 a fragment is still missing after 64 passes with a chance of 5e-20, so that giving
up says something about the link and not about luck.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """What a transfer starts from."""

    fragment_bytes: int
    loss: LossModel
    rng: random.Random
    start_s: float = 0.0
    observer: Observer | None = None


class Session:
    """The state of one transfer; `now_s` is its clock."""

    def __init__(self, data: bytes, receiver: Receiver, settings: SessionSettings) -> None:
        self._data = data
        self._receiver = receiver
        self._settings = settings
        self.fragment_bytes = settings.fragment_bytes
        """Bytes of every fragment but the last."""
        self.fragment_count = -(-len(data) // settings.fragment_bytes)
        """Fragments that the payload is cut into."""
        self.rng = settings.rng
        """The only source of chance: answer delays, timeouts, and through the channels, loss."""
        self.downlink, self.uplink = start_both_directions(settings.loss, settings.rng)
        """What happens to what is sent to the receiver, and to what it sends."""
        self.now_s = settings.start_s
        self.round_number = 0
        """The pass that is under way, from 1."""
        self._fragments_sent = 0
        self._fragments_lost = 0
        self._bytes_on_air = 0
        self._time_on_air_s = 0.0
        self._device_time_on_air_s = 0.0
        self._device_transmissions = 0
        self._ip_bytes = 0

    def begin_round(self) -> list[int]:
        """Start the next pass and return what is missing; empty if done or out of rounds."""
        missing = self.missing()
        if not missing or self.round_number == MAX_ROUNDS:
            return []
        self.round_number += 1
        return missing

    def missing(self) -> list[int]:
        """Ask the receiver what it still wants.

        Raises:
            ValueError: the receiver asks for a fragment that does not exist.
        """
        missing = list(self._receiver.missing())
        if missing and (missing[0] < 0 or missing[-1] >= self.fragment_count):
            raise ValueError(
                f"the receiver wants fragments {missing[0]}..{missing[-1]} of {self.fragment_count}"
            )
        return missing

    def size_of(self, index: int) -> int:
        """Bytes of fragment `index`."""
        start = index * self.fragment_bytes
        return min(self.fragment_bytes, len(self._data) - start)

    def wait_until(self, instant_s: float) -> None:
        """Let time pass; an instant that is over changes nothing."""
        self.now_s = max(self.now_s, instant_s)

    def count_on_air(
        self, size_bytes: int, time_on_air_s: float, *, from_device: bool = False
    ) -> None:
        """Add one PDU, of either direction, to the tallies; the clock is the caller's to move."""
        self._bytes_on_air += size_bytes
        self._time_on_air_s += time_on_air_s
        if from_device:
            self._device_time_on_air_s += time_on_air_s
            self._device_transmissions += 1

    def count_ip(self, datagram_bytes: int) -> None:
        """Count an IP datagram, in either direction: what operators bill."""
        self._ip_bytes += datagram_bytes

    def fragment_sent(self, index: int, *, lost: bool) -> None:
        """Count one transmission of a fragment, or of a part of it, that ended now."""
        self._fragments_sent += 1
        self._fragments_lost += lost
        if self._settings.observer is not None:
            self._settings.observer(
                FragmentEvent(
                    now_s=self.now_s, index=index, round_number=self.round_number, lost=lost
                )
            )

    def deliver(self, index: int) -> None:
        """Hand fragment `index` to the receiver, now."""
        start = index * self.fragment_bytes
        fragment = self._data[start : start + self.fragment_bytes]
        self._receiver.deliver(index, fragment, self.now_s)

    def report(self) -> TransferReport:
        """Say what the transfer has taken so far."""
        return TransferReport(
            completed=not self.missing(),
            duration_s=self.now_s - self._settings.start_s,
            fragments=self.fragment_count,
            fragments_sent=self._fragments_sent,
            fragments_lost=self._fragments_lost,
            rounds=self.round_number,
            bytes_on_air=self._bytes_on_air,
            time_on_air_s=self._time_on_air_s,
            device_time_on_air_s=self._device_time_on_air_s,
            device_transmissions=self._device_transmissions,
            ip_bytes=self._ip_bytes,
        )
