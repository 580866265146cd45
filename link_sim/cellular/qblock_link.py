"""A cellular link that carries an update with Q-Block2 (RFC 9177).

The device asks once, the server sends up to ten blocks in a row; the device asks it to continue, or
names what it misses. A set whose end was lost costs NON_RECEIVE_TIMEOUT. Loss means whole
datagrams, in both directions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from link_sim.cellular.block_transfer import BlockLink
from link_sim.cellular.cellular_link import Attachment
from link_sim.link import OpenLink
from link_sim.session import Session
from link_sim.transports.coap import BlockDownload
from link_sim.transports.coap_qblock import MAX_PAYLOADS, QBlockTimers


@dataclass(frozen=True, kw_only=True)
class QBlockLink(BlockLink[BlockDownload]):
    """Sets of blocks over a bearer."""

    timers: QBlockTimers

    def open(self) -> "OpenQBlockLink":
        """Begin without a radio connection."""
        return OpenQBlockLink(self)


class OpenQBlockLink(OpenLink[QBlockLink]):
    """A device that may be attached."""

    def __init__(self, link: QBlockLink) -> None:
        super().__init__(link)
        self._attachment = Attachment(link)

    def carry(self, session: Session) -> None:
        """Attach, then fetch what is missing set by set."""
        download = self.link.transfer_for(session)
        self._attachment.wake(session)
        while missing := session.begin_round():
            for start in range(0, len(missing), MAX_PAYLOADS):
                self._fetch(session, download, missing[start : start + MAX_PAYLOADS])
        self._attachment.used(session)

    def _fetch(self, session: Session, download: BlockDownload, wanted: Sequence[int]) -> None:
        """Ask for a set until it is whole or the requests are used up."""
        left = list(wanted)
        for _ in range(1 + self.link.timers.non_max_retransmit):
            left = self._exchange(session, download, left)
            if not left:
                return

    def _exchange(
        self, session: Session, download: BlockDownload, wanted: Sequence[int]
    ) -> list[int]:
        """Send one request and carry its blocks; return those that were lost."""
        link = self.link
        request_lost = session.uplink.loses(session.now_s)
        request_bytes = download.request_bytes(*wanted) + link.datagram_overhead_bytes
        self._attachment.send(session, request_bytes, up=True)
        if request_lost:
            session.wait_until(session.now_s + link.timers.non_receive_timeout_s)
            return list(wanted)
        session.wait_until(session.now_s + link.core_round_trip_s)
        lost = [index for index in wanted if not self._carry_block(session, download, index)]
        if lost and lost[-1] == wanted[-1]:
            # The set's last block would have told at once; without it only the timer does.
            session.wait_until(session.now_s + link.timers.non_receive_timeout_s)
        return lost

    def _carry_block(self, session: Session, download: BlockDownload, index: int) -> bool:
        lost = session.downlink.loses(session.now_s)
        coap_bytes = download.response_overhead_bytes(index) + session.size_of(index)
        response_bytes = coap_bytes + self.link.datagram_overhead_bytes
        self._attachment.send(session, response_bytes, up=False)
        session.fragment_sent(index, lost=lost)
        if not lost:
            session.deliver(index)
        return not lost
