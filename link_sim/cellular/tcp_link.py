"""A cellular link that carries an update over TCP: HTTP ranges, or MQTT file stream blocks.

TCP repeats lost segments: a loss costs a round trip where enough segments follow to show the gap,
and a retransmission timeout where none do. A segment that stays lost breaks the connection; the
next round begins with a new one. A request is sent when the answer before has arrived, so that the
round trip is paid once per range: large ranges are faster.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from link_sim.cellular.cellular_link import Attachment, CellularLink
from link_sim.errors import ImpossibleValueError
from link_sim.link import OpenLink
from link_sim.session import Session
from link_sim.transports.ip import TCP_HEADER_BYTES, tls_bytes

DUPLICATE_ACKS = 3
"""Segments behind a gap that make the sender repeat it at once (RFC 5681)."""
INITIAL_RTO_S = 1.0
"""RFC 6298."""
MAX_RETRANSMISSIONS = 6
"""Of one segment, until the connection counts as broken: about a minute of silence."""
SEGMENTS_PER_ACK = 2
"""RFC 5681: every second segment is acknowledged."""


class Framing(Protocol):
    """What the application puts around a piece of the payload."""

    @property
    def piece_sizes(self) -> Sequence[int]:
        """Sizes of a piece that can be asked for, ascending."""
        ...

    def request_bytes(self, index: int, piece_bytes: int, size_bytes: int, /) -> int:
        """Return the size of the request for piece `index`, which has `size_bytes`."""
        ...

    def response_bytes(self, index: int, piece_bytes: int, size_bytes: int, /) -> int:
        """Return the size of the answer, the piece included."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpSettings:
    """The connection below the application."""

    ip_bytes: int
    """Of an IP header."""
    mtu_bytes: int
    window_bytes: int
    """What the device can receive without reading: at most so much arrives per round trip."""
    tls_overhead_bytes: int = 0
    """Per record; 0 for plain TCP."""
    tls_record_bytes: int = 16_384
    handshake_up_bytes: int = 0
    handshake_down_bytes: int = 0
    handshake_round_trips: int = 0

    @property
    def segment_bytes(self) -> int:
        """Payload of a full segment."""
        return self.mtu_bytes - self.header_bytes

    @property
    def header_bytes(self) -> int:
        """Headers of every segment."""
        return self.ip_bytes + TCP_HEADER_BYTES

    def __post_init__(self) -> None:
        if self.segment_bytes < 1:
            raise ImpossibleValueError("mtu_bytes", f"{self.mtu_bytes} holds no payload")
        if self.window_bytes < self.segment_bytes:
            raise ImpossibleValueError(
                "window_bytes", f"{self.window_bytes} does not hold a segment"
            )

    def on_the_wire(self, message_bytes: int) -> int:
        """Return the size of a message with TLS."""
        if not self.tls_overhead_bytes:
            return message_bytes
        return tls_bytes(message_bytes, self.tls_overhead_bytes, self.tls_record_bytes)


@dataclass(frozen=True, kw_only=True)
class TcpLink(CellularLink):
    """Requests and answers over one TCP connection."""

    framing: Framing
    tcp: TcpSettings

    @property
    def fragment_sizes(self) -> Sequence[int]:
        """The pieces that can be asked for."""
        return self.framing.piece_sizes

    def open(self) -> "OpenTcpLink":
        """Begin without a radio connection."""
        return OpenTcpLink(self)


class _BrokenConnectionError(Exception):
    """A segment was repeated too often."""


class OpenTcpLink(OpenLink[TcpLink]):
    """A device that may have a connection."""

    def __init__(self, link: TcpLink) -> None:
        super().__init__(link)
        self._attachment = Attachment(link)
        self._connected = False

    def carry(self, session: Session) -> None:
        """Connect and ask for what is missing, piece by piece."""
        while missing := session.begin_round():
            self._attachment.wake(session)
            try:
                self._connect(session)
                for index in missing:
                    self._fetch(session, index)
            except _BrokenConnectionError:
                self._connected = False
            self._attachment.used(session)

    def _connect(self, session: Session) -> None:
        if self._connected:
            return
        tcp = self.link.tcp
        self._send(session, 0, up=True)
        self._send(session, 0, up=False)
        for _ in range(tcp.handshake_round_trips):
            self._message(session, tcp.handshake_up_bytes, up=True)
            self._message(session, tcp.handshake_down_bytes, up=False)
        self._connected = True

    def _fetch(self, session: Session, index: int) -> None:
        framing, tcp = self.link.framing, self.link.tcp
        piece_bytes, size_bytes = session.fragment_bytes, session.size_of(index)
        request = framing.request_bytes(index, piece_bytes, size_bytes)
        response = framing.response_bytes(index, piece_bytes, size_bytes)
        self._message(session, tcp.on_the_wire(request), up=True)
        self._message(session, tcp.on_the_wire(response), up=False, index=index)
        session.deliver(index)

    def _message(
        self, session: Session, size_bytes: int, *, up: bool, index: int | None = None
    ) -> None:
        """Carry a message in segments, a window per round trip at most."""
        tcp = self.link.tcp
        window_began_s, in_window = session.now_s, 0
        starts = range(0, size_bytes, tcp.segment_bytes)
        for number, start in enumerate(starts):
            if in_window + tcp.segment_bytes > tcp.window_bytes:
                session.wait_until(window_began_s + self.link.core_round_trip_s)
                window_began_s, in_window = session.now_s, 0
            payload = min(tcp.segment_bytes, size_bytes - start)
            following = len(starts) - number - 1
            self._send(session, payload, up=up, following=following, index=index)
            in_window += payload
        session.wait_until(session.now_s + self.link.core_round_trip_s / 2)

    def _send(
        self,
        session: Session,
        payload_bytes: int,
        *,
        up: bool,
        following: int = 0,
        index: int | None = None,
    ) -> None:
        """Carry one segment, as often as it takes."""
        channel = session.uplink if up else session.downlink
        timeout_s = INITIAL_RTO_S
        for _ in range(1 + MAX_RETRANSMISSIONS):
            lost = channel.loses(session.now_s)
            self._attachment.send(session, payload_bytes + self.link.tcp.header_bytes, up=up)
            if index is not None:
                session.fragment_sent(index, lost=lost)
            if not lost:
                self._acknowledge(session, up=up)
                return
            if following >= DUPLICATE_ACKS:
                session.wait_until(session.now_s + self.link.core_round_trip_s)
            else:
                session.wait_until(session.now_s + timeout_s)
                timeout_s *= 2
        raise _BrokenConnectionError

    def _acknowledge(self, session: Session, *, up: bool) -> None:
        """Count the share of an acknowledgement; it travels while the other direction does."""
        header_bytes = self.link.tcp.header_bytes
        use = self._attachment.air_use(session, header_bytes, up=not up)
        session.count_ip(header_bytes // SEGMENTS_PER_ACK)
        session.count_on_air(
            use.bytes_on_air // SEGMENTS_PER_ACK,
            use.time_on_air_s / SEGMENTS_PER_ACK,
            from_device=not up,
        )
