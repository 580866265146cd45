"""An SMP (mcumgr) image upload over GATT: what nRF Connect, `smpclient` and the like really do.

Each request is a GATT write without response, or several where it exceeds the MTU; the device
answers each with a notification. `window` requests may be unanswered. The device answers when it
has written the data to flash, and a page is erased first: with slow flash the radio waits.

Losses are repeated by the link layer and cost connection events. A connection that hears nothing
for the supervision timeout is lost; the upload then goes on where it stopped.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from link_sim.ble.connection import (
    ATT_HEADER_BYTES,
    L2CAP_HEADER_BYTES,
    MAX_ATT_MTU,
    MIN_ATT_MTU,
)
from link_sim.ble.radio_queue import RadioQueue, RadioSettings, Side
from link_sim.errors import ImpossibleValueError
from link_sim.link import Link, OpenLink
from link_sim.loss.model import LossProcess
from link_sim.session import Session
from link_sim.transports.smp import FirstRequestFields, upload_overhead_bytes

RESPONSE_BYTES = 22
"""Of an upload response at offsets beyond 64 KiB (smp 4.2.0); a few bytes less before."""
_FARTHEST_OFFSET = (1 << 32) - 1
_US_PER_S = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashPace:
    """How long the device's flash takes; zeros where writing overlaps with receiving."""

    page_bytes: int = 4096
    erase_page_s: float = 0.0
    write_byte_s: float = 0.0

    def write_s(self, offset: int, size_bytes: int) -> float:
        """Return the time to write bytes at an offset, erasing the pages that begin there."""
        pages = -(-(offset + size_bytes) // self.page_bytes) - -(-offset // self.page_bytes)
        return pages * self.erase_page_s + size_bytes * self.write_byte_s


@dataclass(frozen=True, kw_only=True)
class SmpLink(Link):
    """One connection with its SMP parameters."""

    radio: RadioSettings
    att_mtu: int
    smp_frame_bytes: int
    """Largest request; above MTU - 3 it takes several writes, which the device reassembles."""
    window: int
    """Requests that may be unanswered (smpclient sends one at a time)."""
    flash: FlashPace
    supervision_timeout_s: float
    set_up_s: float

    def __post_init__(self) -> None:
        if not MIN_ATT_MTU <= self.att_mtu <= MAX_ATT_MTU:
            raise ImpossibleValueError(
                "att_mtu", f"{self.att_mtu} is not in {MIN_ATT_MTU}..{MAX_ATT_MTU}"
            )
        if self.window < 1:
            raise ImpossibleValueError("window", f"{self.window} is below 1")
        interval_us = self.radio.interval_us
        if interval_us is None:
            raise ImpossibleValueError("interval_ms", "a connection has an interval")
        if self.supervision_timeout_s <= 2 * interval_us / _US_PER_S:
            raise ImpossibleValueError(
                "supervision_timeout_s", "must exceed two connection intervals"
            )
        if not self.fragment_sizes:
            raise ImpossibleValueError(
                "smp_frame_bytes", f"{self.smp_frame_bytes} leaves no room for data"
            )

    @property
    def fragment_sizes(self) -> Sequence[int]:
        """What a request at any offset holds; the first one carries the image's digest as well."""
        first = FirstRequestFields(image_bytes=_FARTHEST_OFFSET)
        room = self.smp_frame_bytes - max(
            upload_overhead_bytes(_FARTHEST_OFFSET, self.smp_frame_bytes),
            upload_overhead_bytes(0, self.smp_frame_bytes, first),
        )
        return range(1, room + 1)

    def open(self) -> "OpenSmpLink":
        """Begin without a connection."""
        return OpenSmpLink(self)


class OpenSmpLink(OpenLink[SmpLink]):
    """Two devices that may be connected."""

    def __init__(self, link: SmpLink) -> None:
        super().__init__(link)
        self._connected = False

    def carry(self, session: Session) -> None:
        """Connect and upload what is missing, as often as it takes."""
        while missing := session.begin_round():
            if not self._connected:
                session.wait_until(session.now_s + self.link.set_up_s)
            _Upload(self.link, session, missing).run()
            self._connected = not session.missing()


@dataclass(frozen=True, slots=True)
class _Since:
    """A channel on the clock of a connection, which starts at 0."""

    opened_s: float
    channel: LossProcess

    def loses(self, now_s: float) -> bool:
        return self.channel.loses(self.opened_s + now_s)


@dataclass(frozen=True, slots=True)
class _Write:
    """One GATT write of a request."""

    index: int
    completes_request: bool


class _Upload:
    """One connection, from its first request until everything is answered or it is lost."""

    def __init__(self, link: SmpLink, session: Session, missing: Sequence[int]) -> None:
        self._link = link
        self._session = session
        self._opened_s = session.now_s
        self._radio = RadioQueue(link.radio, _Since(session.now_s, session.downlink))
        self._waiting = deque(missing)
        self._writes: dict[int, _Write] = {}
        """Under way, by the number of their L2CAP PDU."""
        self._written: deque[float] = deque()
        """When the device will have written what it received, and answers."""
        self._flash_free_s = 0.0
        self._unanswered = 0

    def run(self) -> None:
        free_s = heard_s = 0.0
        while self._waiting or self._unanswered:
            self._send_requests()
            self._send_answers(free_s)
            if self._radio.idle:
                free_s = self._next_event_s(max(self._written[0], free_s))
                heard_s = max(heard_s, free_s)  # empty PDUs keep an idle connection alive
                continue
            exchange = self._radio.exchange(free_s)
            free_s = exchange.next_s
            self._session.count_on_air(exchange.bytes_on_air, exchange.central_on_air_s)
            self._session.count_on_air(0, exchange.peripheral_on_air_s, from_device=True)
            self._session.wait_until(self._opened_s + exchange.end_s)
            if exchange.central_number is not None:
                index = self._writes[exchange.central_number].index
                self._session.fragment_sent(index, lost=exchange.lost)
            if not exchange.lost:
                heard_s = exchange.end_s
            elif free_s - heard_s >= self._link.supervision_timeout_s:
                return
            for side, number in exchange.arrived:
                self._arrive(side, number, exchange.end_s)

    def _send_requests(self) -> None:
        while self._waiting and self._unanswered < self._link.window:
            index = self._waiting.popleft()
            size_bytes = self._session.size_of(index)
            left = size_bytes + self._overhead_bytes(index, size_bytes)
            while left > 0:
                write = min(left, self._link.att_mtu - ATT_HEADER_BYTES)
                left -= write
                number = self._radio.put(
                    Side.CENTRAL, write + ATT_HEADER_BYTES + L2CAP_HEADER_BYTES
                )
                self._writes[number] = _Write(index, completes_request=left == 0)
            self._unanswered += 1

    def _overhead_bytes(self, index: int, size_bytes: int) -> int:
        offset = index * self._session.fragment_bytes
        total = self._session.fragment_count * self._session.fragment_bytes
        first = FirstRequestFields(image_bytes=total) if index == 0 else None
        return upload_overhead_bytes(offset, size_bytes, first)

    def _send_answers(self, now_s: float) -> None:
        while self._written and self._written[0] <= now_s:
            self._written.popleft()
            self._radio.put(Side.PERIPHERAL, RESPONSE_BYTES + ATT_HEADER_BYTES + L2CAP_HEADER_BYTES)

    def _arrive(self, side: Side, number: int, now_s: float) -> None:
        if side is Side.PERIPHERAL:
            self._unanswered -= 1
            return
        write = self._writes.pop(number)
        if not write.completes_request:
            return
        index = write.index
        session = self._session
        offset = index * session.fragment_bytes
        begin_s = max(now_s, self._flash_free_s)
        self._flash_free_s = begin_s + self._link.flash.write_s(offset, session.size_of(index))
        self._written.append(self._flash_free_s)
        session.deliver(index)

    def _next_event_s(self, ready_s: float) -> float:
        """Return the first connection event at or after a time: an idle event is over."""
        interval_us = self._link.radio.interval_us or 1
        return -(-round(ready_s * _US_PER_S) // interval_us) * interval_us / _US_PER_S
