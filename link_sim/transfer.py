"""Carrying a payload to a receiver over a link, in virtual time.

`transfer` promises: same arguments and same seed, same report, on any machine; every fragment that
the receiver ends up with was delivered with the bytes of the payload; a transfer ends, with
`completed` saying how.
"""

import random

from link_sim.contract import Observer, Receiver, TransferReport
from link_sim.errors import ImpossibleValueError
from link_sim.link import Link, OpenLink, check_sizes
from link_sim.loss.model import LossModel
from link_sim.session import Session, SessionSettings


def fragment_bytes_for(link: Link, alignment_bytes: int) -> int:
    """Return the largest fragment size that a link carries and a receiver's alignment allows.

    Raises:
        ImpossibleValueError: the alignment is larger than anything the link carries.
    """
    if alignment_bytes < 1:
        raise ImpossibleValueError("alignment_bytes", f"{alignment_bytes} is below 1")
    for size_bytes in reversed(link.fragment_sizes):
        if size_bytes % alignment_bytes == 0:
            return size_bytes
    raise ImpossibleValueError(
        "alignment_bytes",
        f"{link.name} carries at most {link.max_fragment_bytes} bytes in one piece,"
        f" no size it takes is a multiple of {alignment_bytes}",
    )


def transfer(  # noqa: PLR0913 (what, to whom, over what, by which chance: nothing to group)
    data: bytes,
    fragment_bytes: int,
    receiver: Receiver,
    link: Link | OpenLink[Link],
    loss: LossModel,
    rng: random.Random,
    *,
    start_s: float = 0.0,
    observer: Observer | None = None,
) -> TransferReport:
    """Carry `data` to `receiver` and report what it took.

    Only what `receiver.missing()` lists is sent, so a transfer that was cut off earlier continues.
    Retransmission lives where it lives on the link; `loss` hits the link's own units (frames, PDUs,
    datagrams). Transfers that follow each other share one `link.open()`, so that nothing is set up
    twice and no duty cycle is forgotten.

    Raises:
        ImpossibleValueError: a size that the link or the receiver's alignment rules out.
    """
    opened = link.open() if isinstance(link, Link) else link
    check_sizes(opened.link, len(data), fragment_bytes)
    if fragment_bytes % receiver.alignment_bytes:
        raise ImpossibleValueError(
            "fragment_bytes",
            f"{fragment_bytes} is not a multiple of the receiver's {receiver.alignment_bytes}",
        )
    settings = SessionSettings(
        fragment_bytes=fragment_bytes, loss=loss, rng=rng, start_s=start_s, observer=observer
    )
    session = Session(data, receiver, settings)
    if session.missing():
        opened.carry(session)
    return session.report()
