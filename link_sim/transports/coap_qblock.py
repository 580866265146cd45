"""Q-Block (RFC 9177): CoAP blocks without a round trip for each, and its timers.

The server sends up to MAX_PAYLOADS blocks in a row, the client then asks it to continue, or names
the blocks that it misses. Messages are non-confirmable; nothing is repeated below this.
"""

from dataclasses import dataclass

from link_sim.transports.coap import OPTION_Q_BLOCK2, BlockDownload

MAX_PAYLOADS = 10
"""Blocks in a row, RFC 9177 section 7.2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QBlockTimers:
    """RFC 9177 section 7.2; the defaults are the recommended values."""

    non_timeout_s: float = 2.0
    """The sender's pause after MAX_PAYLOADS if nobody asks it to continue."""
    non_max_retransmit: int = 4
    """Requests for missing blocks before the receiver gives up."""
    non_partial_timeout_s: float = 247.0
    """How long an incomplete body is kept."""

    @property
    def non_receive_timeout_s(self) -> float:
        """How long a receiver waits for the rest of a set: twice NON_TIMEOUT."""
        return 2 * self.non_timeout_s


def q_block_download(path: str, block_bytes: int, etag_bytes: int = 4) -> BlockDownload:
    """Return the messages of a download with the Q-Block2 option."""
    return BlockDownload(
        path=path, block_bytes=block_bytes, etag_bytes=etag_bytes, block_option=OPTION_Q_BLOCK2
    )
