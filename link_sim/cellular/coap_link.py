"""A cellular link that carries an update as a CoAP block-wise download.

The device asks for one block at a time (stop-and-wait) and repeats a request that stays unanswered,
with the timers of RFC 7252. A block whose exchange failed for good is asked for again in the next
round. Loss means whole datagrams, in both directions: what HARQ and RLC repair below shows up as
time.
"""

from dataclasses import dataclass
from functools import partial

from link_sim.cellular.block_transfer import BlockLink, confirmable
from link_sim.cellular.cellular_link import Attachment
from link_sim.errors import ImpossibleValueError
from link_sim.link import OpenLink
from link_sim.session import Session
from link_sim.transports.coap import MAX_BLOCKS, BlockDownload, RetransmissionTimers

_FARTHEST_BLOCK = MAX_BLOCKS - 1


@dataclass(frozen=True, kw_only=True)
class CoapLink(BlockLink[BlockDownload]):
    """Stop-and-wait CoAP over a bearer."""

    timers: RetransmissionTimers

    def __post_init__(self) -> None:
        exchange_s = self._longest_exchange_s()
        if exchange_s >= self.timers.ack_timeout_s:
            raise ImpossibleValueError(
                "coap.ack_timeout_s",
                f"{self.timers.ack_timeout_s} is shorter than an exchange ({exchange_s:.1f} s):"
                " every request would be repeated for nothing",
            )

    def open(self) -> "OpenCoapLink":
        """Begin without a radio connection."""
        return OpenCoapLink(self)

    def request_bytes(self, download: BlockDownload, index: int) -> int:
        """Return the size of the datagram that asks for one block."""
        return download.request_bytes(index) + self.datagram_overhead_bytes

    def response_bytes(self, download: BlockDownload, index: int, size_bytes: int) -> int:
        """Return the size of the answer with a block of so many bytes."""
        coap_bytes = download.response_overhead_bytes(index) + size_bytes
        return coap_bytes + self.datagram_overhead_bytes

    def _longest_exchange_s(self) -> float:
        download = self.largest_block
        request_bytes = self.request_bytes(download, _FARTHEST_BLOCK)
        response_bytes = self.response_bytes(download, _FARTHEST_BLOCK, download.block_bytes)
        request, response = self.bearer.uplink(request_bytes), self.bearer.downlink(response_bytes)
        return request.duration_s + self.core_round_trip_s + response.duration_s


class OpenCoapLink(OpenLink[CoapLink]):
    """A device that may be attached."""

    def __init__(self, link: CoapLink) -> None:
        super().__init__(link)
        self._attachment = Attachment(link)

    def carry(self, session: Session) -> None:
        """Attach, then fetch what is missing block by block."""
        download = self.link.transfer_for(session)
        self._attachment.wake(session)
        while missing := session.begin_round():
            for index in missing:
                confirmable(
                    session, self.link.timers, partial(self._exchange, session, download, index)
                )
        self._attachment.used(session)

    def _exchange(self, session: Session, download: BlockDownload, index: int) -> bool:
        """Send one request and carry its response; return whether the block arrived."""
        request_lost = session.uplink.loses(session.now_s)
        self._attachment.send(session, self.link.request_bytes(download, index), up=True)
        if request_lost:
            return False
        session.wait_until(session.now_s + self.link.core_round_trip_s)
        response_lost = session.downlink.loses(session.now_s)
        response_bytes = self.link.response_bytes(download, index, session.size_of(index))
        self._attachment.send(session, response_bytes, up=False)
        session.fragment_sent(index, lost=response_lost)
        if not response_lost:
            session.deliver(index)
        return not response_lost
