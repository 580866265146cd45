"""What every link is: a name, the fragment sizes it takes, and a way to use it.

The estimate of a link is the transfer itself over a channel that loses nothing, so that the two can
never disagree.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Generic, TypeVar

from link_sim.contract import Estimate, TransferReport
from link_sim.errors import ImpossibleValueError
from link_sim.loss.model import NoLoss
from link_sim.session import Session, SessionSettings
from link_sim.tray import Tray


@unique
class Radio(StrEnum):
    """The kinds of radio; a profile has a table of the same name."""

    LORAWAN = "lorawan"
    BLE = "ble"
    NBIOT = "nbiot"
    LTEM = "ltem"
    LTE = "lte"
    GSM = "gsm"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLabel:
    """What people need to know about a link before its numbers."""

    name: str
    """What the command line calls it, such as `eu868-dr0`."""
    description: str
    """One line for people."""
    radio: Radio
    """Which kind of radio it needs."""
    assumptions: tuple[str, ...] = ()
    """Settings without a published source, one sentence each; results should repeat them."""


@dataclass(frozen=True, kw_only=True)
class Link(ABC):
    """A radio link with its settings; frozen, so that transfers may share it."""

    label: LinkLabel

    @property
    def name(self) -> str:
        """What the command line calls it, such as `eu868-dr0`."""
        return self.label.name

    @property
    def description(self) -> str:
        """One line for people."""
        return self.label.description

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Settings without a published source, one sentence each; results should repeat them."""
        return self.label.assumptions

    @property
    @abstractmethod
    def fragment_sizes(self) -> Sequence[int]:
        """Fragment sizes that the link can carry, ascending."""

    @property
    def max_fragment_bytes(self) -> int:
        """The largest application piece in one link unit, after all overheads."""
        return self.fragment_sizes[-1]

    @abstractmethod
    def open(self) -> "OpenLink[Link]":
        """Begin to use the link: nothing is connected and no duty cycle is spent."""

    def estimate(self, size_bytes: int, fragment_bytes: int | None = None) -> Estimate:
        """Say what carrying so many bytes takes if nothing is lost.

        Args:
            size_bytes: Bytes of the payload.
            fragment_bytes: Size of the fragments; the largest one if not given.

        Raises:
            ImpossibleValueError: a size that the link cannot carry.
        """
        if fragment_bytes is None:
            fragment_bytes = self.max_fragment_bytes
        return self.estimate_sequence([(size_bytes, fragment_bytes)])[0]

    def estimate_sequence(self, parts: Sequence[tuple[int, int]]) -> tuple[Estimate, ...]:
        """Say what several payloads take that are carried one right after the other.

        What has to be set up once counts into the first estimate.

        Args:
            parts: Bytes of each payload and of its fragments.

        Raises:
            ImpossibleValueError: a size that the link cannot carry.
        """
        opened = self.open()
        now_s = 0.0
        estimates = []
        for size_bytes, fragment_bytes in parts:
            check_sizes(self, size_bytes, fragment_bytes)
            report = _carry_without_loss(opened, size_bytes, fragment_bytes, now_s)
            now_s += report.duration_s
            estimates.append(
                Estimate(
                    fragments=report.fragments,
                    fragment_bytes=fragment_bytes,
                    duration_s=report.duration_s,
                    bytes_on_air=report.bytes_on_air,
                    time_on_air_s=report.time_on_air_s,
                    device_time_on_air_s=report.device_time_on_air_s,
                    device_transmissions=report.device_transmissions,
                    ip_bytes=report.ip_bytes,
                )
            )
        return tuple(estimates)


_LinkT_co = TypeVar("_LinkT_co", bound=Link, covariant=True)


class OpenLink(ABC, Generic[_LinkT_co]):
    """A link in use: what it remembers from one transfer to the next.

    Connections that are up and duty cycles that are spent; virtual time must go on where the
    transfer before ended.
    """

    def __init__(self, link: _LinkT_co) -> None:
        self._link = link

    @property
    def link(self) -> _LinkT_co:
        """The settings."""
        return self._link

    @abstractmethod
    def carry(self, session: Session) -> None:
        """Move a session forward until the receiver misses nothing or the link gives up.

        Raises:
            ImpossibleValueError: the link cannot number so many fragments.
        """


def check_sizes(link: Link, size_bytes: int, fragment_bytes: int) -> None:
    """Refuse a payload or a fragment that a link cannot carry.

    Raises:
        ImpossibleValueError: nothing to carry, or not one of the link's fragment sizes.
    """
    if size_bytes <= 0:
        raise ImpossibleValueError("size_bytes", "there is nothing to carry")
    if fragment_bytes not in link.fragment_sizes:
        raise ImpossibleValueError(
            "fragment_bytes",
            f"{link.name} cannot carry fragments of {fragment_bytes} bytes"
            f" (at most {link.max_fragment_bytes})",
        )


def _carry_without_loss(
    opened: OpenLink[Link], size_bytes: int, fragment_bytes: int, start_s: float
) -> TransferReport:
    # Answer delays are drawn even where nothing is lost; a fixed seed keeps estimates constant.
    settings = SessionSettings(
        fragment_bytes=fragment_bytes, loss=NoLoss(), rng=random.Random(0), start_s=start_s
    )
    session = Session(bytes(size_bytes), Tray(-(-size_bytes // fragment_bytes)), settings)
    opened.carry(session)
    return session.report()
