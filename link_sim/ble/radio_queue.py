"""Two directions of one BLE connection that share its exchanges: when each L2CAP PDU arrives.

Independent of any protocol stack: whoever has a queue of PDUs and a clock asks for the next
exchange. An exchange is one link-layer PDU of the central, one of the peripheral (empty if it has
nothing to say), and the spaces behind both. A failed exchange moves nothing; with connection events
it also ends the event.
"""

from collections import deque
from dataclasses import dataclass
from enum import IntEnum, unique

from link_sim.ble.pdu import (
    INTER_FRAME_SPACE_US,
    MAX_LL_PAYLOAD_BYTES,
    Phy,
    pdu_bytes,
    pdu_us,
)
from link_sim.loss.model import LossProcess

_US_PER_S = 1_000_000


@unique
class Side(IntEnum):
    """Who sends."""

    CENTRAL = 0
    PERIPHERAL = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioSettings:
    """How a connection uses the air."""

    phy: Phy
    encrypted: bool = False
    ll_payload_bytes: int = MAX_LL_PAYLOAD_BYTES
    interval_us: int | None = None
    """Connection interval; None for exchanges back to back, as if events never ended."""
    event_margin_us: int = 300
    """Part of an interval that is never used (Nordic's SoftDevice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What one exchange brought."""

    end_s: float
    """When its last bit was on the air, and what arrived is there."""
    next_s: float
    """When the next one may begin: at once, or in the next connection event if this one is over
    because the exchange failed or neither side has more to send."""
    arrived: tuple[tuple[Side, int], ...]
    """Sender and number of every L2CAP PDU whose last byte arrived."""
    lost: bool
    central_number: int | None
    """The L2CAP PDU that the central sent a piece of, or tried to; None for an empty PDU."""
    bytes_on_air: int
    central_on_air_s: float
    peripheral_on_air_s: float


class RadioQueue:
    """The queues of both sides."""

    def __init__(self, settings: RadioSettings, channel: LossProcess) -> None:
        """Begin with nothing to send."""
        self._settings = settings
        self._channel = channel
        self._queues: tuple[deque[_Piece], deque[_Piece]] = (deque(), deque())
        self._numbers = [0, 0]

    @property
    def idle(self) -> bool:
        """Whether neither side has anything to send."""
        return not any(self._queues)

    def put(self, side: Side, size_bytes: int) -> int:
        """Queue an L2CAP PDU (header included); return its number, counted per side from 0."""
        number = self._numbers[side]
        self._numbers[side] += 1
        left = size_bytes
        while left > 0:
            piece = min(left, self._settings.ll_payload_bytes)
            left -= piece
            self._queues[side].append(_Piece(number=number, size_bytes=piece, last=left == 0))
        return number

    def exchange(self, start_s: float) -> Exchange:
        """Carry one exchange that starts as soon after `start_s` as the schedule allows."""
        sizes = [queue[0].size_bytes if queue else 0 for queue in self._queues]
        central = self._queues[Side.CENTRAL]
        central_number = central[0].number if central else None
        duration_us = sum(self._pdu_us(size) + INTER_FRAME_SPACE_US for size in sizes)
        begin_s = self._begin_s(start_s, duration_us)
        lost = self._channel.loses(begin_s)
        end_s = begin_s + duration_us / _US_PER_S
        arrived = () if lost else self._advance()
        # The peripheral answers what it received and stays silent otherwise.
        on_air = sizes[:1] if lost else sizes
        return Exchange(
            end_s=end_s,
            next_s=self._event_after_s(begin_s, end_s) if lost or self.idle else end_s,
            arrived=arrived,
            lost=lost,
            central_number=central_number,
            bytes_on_air=sum(self._pdu_bytes(size) for size in on_air),
            central_on_air_s=self._pdu_us(sizes[0]) / _US_PER_S,
            peripheral_on_air_s=0.0 if lost else self._pdu_us(sizes[1]) / _US_PER_S,
        )

    def _advance(self) -> tuple[tuple[Side, int], ...]:
        """Take the piece of either side off its queue; return the L2CAP PDUs that are whole."""
        pieces = [
            (side, queue.popleft()) for side, queue in zip(Side, self._queues, strict=True) if queue
        ]
        return tuple((side, piece.number) for side, piece in pieces if piece.last)

    def _pdu_us(self, size_bytes: int) -> int:
        return pdu_us(self._settings.phy, size_bytes, encrypted=self._settings.encrypted)

    def _pdu_bytes(self, size_bytes: int) -> int:
        return pdu_bytes(self._settings.phy, size_bytes, encrypted=self._settings.encrypted)

    def _begin_s(self, start_s: float, duration_us: int) -> float:
        """Move an exchange that no longer fits its event to the next one."""
        interval_us = self._settings.interval_us
        if interval_us is None:
            return start_s
        start_us = round(start_s * _US_PER_S)
        into_event_us = start_us % interval_us
        usable_us = interval_us - self._settings.event_margin_us
        if into_event_us and into_event_us + duration_us > usable_us:
            return (start_us - into_event_us + interval_us) / _US_PER_S
        return start_s

    def _event_after_s(self, begin_s: float, end_s: float) -> float:
        interval_us = self._settings.interval_us
        if interval_us is None:
            return end_s
        event = round(begin_s * _US_PER_S) // interval_us
        return (event + 1) * interval_us / _US_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    number: int
    size_bytes: int
    last: bool
