"""What CoAP's transfers in blocks share: Block1 and Block2 (RFC 7959), Q-Block2 (RFC 9177)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from link_sim.cellular.cellular_link import CellularLink
from link_sim.errors import ImpossibleValueError
from link_sim.session import Session
from link_sim.transports.coap import (
    BLOCK_SIZES,
    MAX_BLOCKS,
    BlockDownload,
    BlockUpload,
    RetransmissionTimers,
)

Transfer = TypeVar("Transfer", BlockDownload, BlockUpload)


@dataclass(frozen=True, kw_only=True)
class BlockLink(CellularLink, Generic[Transfer]):
    """CoAP blocks over a bearer."""

    largest_block: Transfer
    """The transfer with the largest block size that the server offers on this link."""
    datagram_overhead_bytes: int
    """IP, UDP and DTLS."""

    @property
    def fragment_sizes(self) -> Sequence[int]:
        """The block sizes that CoAP knows, up to the largest one allowed."""
        return [size for size in BLOCK_SIZES if size <= self.largest_block.block_bytes]

    def transfer_for(self, session: Session) -> Transfer:
        """Return the transfer with a session's block size.

        Raises:
            ImpossibleValueError: more blocks than CoAP can number.
        """
        if session.fragment_count > MAX_BLOCKS:
            raise ImpossibleValueError(
                "fragment_bytes", f"{session.fragment_count} blocks, CoAP numbers {MAX_BLOCKS}"
            )
        return replace(self.largest_block, block_bytes=session.fragment_bytes)


def confirmable(
    session: Session, timers: RetransmissionTimers, exchange: Callable[[], bool]
) -> None:
    """Repeat an exchange until it is answered or the retransmissions are used up (RFC 7252, 4.2).

    An exchange takes the session's time for a message and its answer, and returns whether the
    answer arrived.
    """
    timeout_s = timers.ack_timeout_s * session.rng.uniform(1.0, timers.ack_random_factor)
    for _ in range(1 + timers.max_retransmit):
        sent_s = session.now_s
        if exchange():
            return
        session.wait_until(sent_s + timeout_s)
        timeout_s *= 2
