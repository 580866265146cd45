"""A cellular link on which the server pushes an update block by block: LwM2M's PUSH to 5/0/0.

The server sends a confirmable PUT with a Block1 option and waits for the device's answer; it
repeats what stays unanswered, with the timers of RFC 7252. A server may give the whole push a time
to finish in: ThingsBoard's 120 s end it at about 70 KB.
"""

from dataclasses import dataclass
from functools import partial

from link_sim.cellular.block_transfer import BlockLink, confirmable
from link_sim.cellular.cellular_link import Attachment
from link_sim.link import OpenLink
from link_sim.session import Session
from link_sim.transports.coap import BlockUpload, RetransmissionTimers

NEVER_S = float("inf")


@dataclass(frozen=True, kw_only=True)
class PushLink(BlockLink[BlockUpload]):
    """Stop-and-wait CoAP from the server's side."""

    timers: RetransmissionTimers
    server_timeout_s: float = NEVER_S
    """After which the server abandons a push that is not finished."""

    def open(self) -> "OpenPushLink":
        """Begin without a radio connection."""
        return OpenPushLink(self)


class OpenPushLink(OpenLink[PushLink]):
    """A device that may be attached."""

    def __init__(self, link: PushLink) -> None:
        super().__init__(link)
        self._attachment = Attachment(link)

    def carry(self, session: Session) -> None:
        """Attach, then push what is missing until it is there or the server gives up."""
        upload = self.link.transfer_for(session)
        deadline_s = session.now_s + self.link.server_timeout_s
        self._attachment.wake(session)
        while missing := session.begin_round():
            for index in missing:
                if session.now_s >= deadline_s:
                    return
                confirmable(
                    session, self.link.timers, partial(self._exchange, session, upload, index)
                )
        self._attachment.used(session)

    def _exchange(self, session: Session, upload: BlockUpload, index: int) -> bool:
        """Send one block and carry its answer; return whether the answer arrived."""
        link = self.link
        lost = session.downlink.loses(session.now_s)
        request_bytes = upload.request_overhead_bytes(index) + session.size_of(index)
        self._attachment.send(session, request_bytes + link.datagram_overhead_bytes, up=False)
        session.fragment_sent(index, lost=lost)
        if lost:
            return False
        session.deliver(index)
        answer_lost = session.uplink.loses(session.now_s)
        answer_bytes = upload.response_bytes(index) + link.datagram_overhead_bytes
        self._attachment.send(session, answer_bytes, up=True)
        session.wait_until(session.now_s + link.core_round_trip_s)
        return not answer_lost
