"""The words between a link and whoever uses it: receiver, report, estimate, observer.

A transfer splits a payload into fragments of equal size (the last may be shorter), numbers them
from 0 and carries them to a `Receiver` in virtual time. Nothing here knows a radio.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias


class Receiver(Protocol):
    """Who takes the fragments: a simulated device, or a stand-in for one.

    A receiver may lose what the link delivered (its power was cut before it was stored). Only
    `missing` counts.
    """

    @property
    def alignment_bytes(self) -> int:
        """Every fragment but the last has a size that is a multiple of this."""
        ...

    def missing(self) -> Sequence[int]:
        """Return the indices of the fragments it still wants, ascending."""
        ...

    def deliver(self, index: int, data: bytes, now_s: float, /) -> None:
        """Take fragment `index`, which arrived completely at `now_s`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FragmentEvent:
    """One transmission of a fragment (or of a part of it, where a link unit is smaller)."""

    now_s: float
    """When the transmission ended, in virtual time."""
    index: int
    """From the number of fragments on: a coded fragment, which no receiver asks for."""
    round_number: int
    """1 for the first pass over the fragments."""
    lost: bool
    """Whether the channel swallowed it."""


Observer: TypeAlias = Callable[[FragmentEvent], None]
"""Told of every transmission as it happens, for progress bars and traces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a transfer of a given size takes when nothing is lost, set-up and overheads included."""

    fragments: int
    fragment_bytes: int
    duration_s: float
    bytes_on_air: int
    """Bytes of every PDU in both directions, headers and padding included."""
    time_on_air_s: float
    """Seconds during which either side transmits."""
    device_time_on_air_s: float
    """Those of `time_on_air_s` in which the device transmits."""
    device_transmissions: int
    """How often it does."""
    ip_bytes: int
    """Bytes of all IP datagrams in both directions, lost ones included: what operators bill. 0 on
    links without IP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReport:
    """What one transfer took."""

    completed: bool
    """Whether the receiver has every fragment."""
    duration_s: float
    """From the start until the receiver missed nothing, or until the link gave up."""
    fragments: int
    """Fragments that the payload was cut into."""
    fragments_sent: int
    """Transmissions of fragments, or of parts of one where the link unit is smaller."""
    fragments_lost: int
    """Those among `fragments_sent` that did not arrive."""
    rounds: int
    """Passes over what was missing; 1 if nothing had to be asked for again."""
    bytes_on_air: int
    """Bytes of every PDU in both directions, headers and padding included."""
    time_on_air_s: float
    """Seconds during which either side transmits."""
    device_time_on_air_s: float
    """Those of `time_on_air_s` in which the device transmits."""
    device_transmissions: int
    """How often it does."""
    ip_bytes: int
    """Bytes of all IP datagrams in both directions, lost ones included: what operators bill. 0 on
    links without IP."""
