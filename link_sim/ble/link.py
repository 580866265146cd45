"""A BLE connection that carries an update in order, as GATT operations or over L2CAP.

The link layer repeats a PDU until it is acknowledged, for ever: loss never reaches ATT. It costs
time, because a failed exchange closes the connection event and the rest of the interval is idle. An
exchange (PDU and acknowledgement) succeeds or fails as a whole. A connection that hears nothing for
the supervision timeout is lost; what was delivered stays delivered, and the next round begins with
a new connection.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from link_sim.ble.connection import Connection
from link_sim.ble.pdu import INTER_FRAME_SPACE_US, pdu_bytes, pdu_us
from link_sim.errors import ImpossibleValueError
from link_sim.link import Link, OpenLink
from link_sim.session import Session

MIN_SUPERVISION_TIMEOUT_S = 0.1
MAX_SUPERVISION_TIMEOUT_S = 32.0
"""Core Vol 6 Part B 4.5.2."""

_US_PER_S = 1_000_000


@dataclass(frozen=True, kw_only=True)
class BleLink(Link):
    """One connection and what it takes to get it."""

    connection: Connection
    supervision_timeout_s: float
    set_up_s: float
    """From the decision to connect until the first write; also after a lost connection."""

    def __post_init__(self) -> None:
        interval_s = self.connection.interval_us / _US_PER_S
        timeout_s = self.supervision_timeout_s
        if not MIN_SUPERVISION_TIMEOUT_S <= timeout_s <= MAX_SUPERVISION_TIMEOUT_S:
            raise ImpossibleValueError("supervision_timeout_s", f"{timeout_s} is not in 0.1 to 32")
        if timeout_s <= 2 * interval_s:
            raise ImpossibleValueError(
                "supervision_timeout_s",
                f"{timeout_s} must exceed two connection intervals ({2 * interval_s} s)",
            )
        self.connection.operations_per_event(self.max_fragment_bytes)

    @property
    def fragment_sizes(self) -> Sequence[int]:
        """Everything up to what one ATT operation holds."""
        return range(1, self.connection.att_payload_bytes + 1)

    def open(self) -> "OpenBleLink":
        """Begin without a connection."""
        return OpenBleLink(self)


class OpenBleLink(OpenLink[BleLink]):
    """Two devices that may be connected."""

    def __init__(self, link: BleLink) -> None:
        super().__init__(link)
        self._connected = False

    def carry(self, session: Session) -> None:
        """Connect and write what is missing, as often as it takes."""
        while missing := session.begin_round():
            if not self._connected:
                session.wait_until(session.now_s + self.link.set_up_s)
            _Connected(self.link, session, missing).run()
            # What is missing after a connection that carried everything was lost by a reset, and
            # the connection with it.
            self._connected = not session.missing()


@dataclass(frozen=True, slots=True)
class _Pdu:
    """One link-layer PDU of a fragment."""

    index: int
    payload_bytes: int
    completes_fragment: bool


class _Connected:
    """One connection, from its first event until everything is written or it is lost."""

    def __init__(self, link: BleLink, session: Session, missing: Sequence[int]) -> None:
        self._link = link
        self._session = session
        connection = link.connection
        self._queue = deque(
            _Pdu(index, payload_bytes, completes_fragment=part == len(payloads))
            for index in missing
            for payloads in [connection.pdu_payloads(session.size_of(index))]
            for part, payload_bytes in enumerate(payloads, start=1)
        )
        pdus_per_operation = len(connection.pdu_payloads(session.fragment_bytes))
        self._pdus_per_event = (
            connection.operations_per_event(session.fragment_bytes) * pdus_per_operation
        )

    def run(self) -> None:
        # In whole microseconds since the first event, so that a timeout of n intervals is n events.
        session, opened_s = self._session, self._session.now_s
        timeout_us = round(self._link.supervision_timeout_s * _US_PER_S)
        anchor_us = last_heard_us = 0
        while self._queue and anchor_us - last_heard_us < timeout_us:
            session.wait_until(opened_s + anchor_us / _US_PER_S)
            if self._event():
                last_heard_us = round((session.now_s - opened_s) * _US_PER_S)
            connection = self._link.connection
            anchor_us += connection.interval_us * connection.intervals_per_turn
        if self._queue:
            session.wait_until(opened_s + (last_heard_us + timeout_us) / _US_PER_S)

    def _event(self) -> bool:
        """Run one connection event; return whether anything was heard in it."""
        heard = False
        for _ in range(min(self._pdus_per_event, len(self._queue))):
            if self._exchange(self._queue[0]):
                return heard
            self._queue.popleft()
            heard = True
        return heard

    def _exchange(self, pdu: _Pdu) -> bool:
        """Send one PDU and receive its acknowledgement; return whether that failed."""
        session, connection = self._session, self._link.connection
        phy, encrypted = connection.phy, connection.encrypted
        lost = session.downlink.loses(session.now_s)
        data_s = pdu_us(phy, pdu.payload_bytes, encrypted=encrypted) / _US_PER_S
        session.count_on_air(pdu_bytes(phy, pdu.payload_bytes, encrypted=encrypted), data_s)
        session.wait_until(session.now_s + data_s)
        session.fragment_sent(pdu.index, lost=lost)
        if lost:
            return True
        if pdu.completes_fragment:
            session.deliver(pdu.index)
        answer_s = pdu_us(phy, 0, encrypted=encrypted) / _US_PER_S
        session.count_on_air(pdu_bytes(phy, 0, encrypted=encrypted), answer_s, from_device=True)
        session.wait_until(session.now_s + answer_s + 2 * INTER_FRAME_SPACE_US / _US_PER_S)
        return False
