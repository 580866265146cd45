"""A connection's parameters and the goodput they give when nothing is lost.

An ATT operation (write without response, or notification) of the full MTU is `att_payload_bytes`
of application data, 3 bytes of ATT and 4 of L2CAP, cut into link-layer PDUs of at most
`ll_payload_bytes`; each PDU is answered by an empty one. A write with response costs two intervals,
one for the request and one for the response, whatever would fit. A credit-based L2CAP channel
carries K-frames instead, with 4 bytes of L2CAP and 2 of SDU length.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from link_sim.ble.pdu import (
    INTER_FRAME_SPACE_US,
    MAX_LL_PAYLOAD_BYTES,
    MIN_LL_PAYLOAD_BYTES,
    Phy,
    exchange_us,
)
from link_sim.ble.stack import StackRule
from link_sim.errors import ImpossibleValueError

ATT_HEADER_BYTES = 3
"""Opcode and attribute handle."""
L2CAP_HEADER_BYTES = 4
"""Length and channel."""

SDU_LENGTH_BYTES = 2
"""In the first K-frame of an SDU (Core Vol 3 Part A 3.4.2); here every operation is an SDU."""

MIN_ATT_MTU = 23
"""Core Vol 3 Part G 5.2.1."""
MAX_ATT_MTU = 517
"""An attribute of at most 512 bytes (Core Vol 3 Part F 3.2.9) behind the longest header."""

INTERVAL_STEP_US = 1250
MIN_INTERVAL_US = 7500
MAX_INTERVAL_US = 4_000_000
"""Core Vol 6 Part B 4.5.1."""


@unique
class Operation(StrEnum):
    """How a piece of the payload is put into a connection."""

    WRITE_COMMAND = "write-command"
    """GATT write without response."""
    WRITE_REQUEST = "write-request"
    """GATT write that waits for its response."""
    NOTIFICATION = "notification"
    CREDIT_CHANNEL = "l2cap-coc"
    """One SDU per K-frame on a credit-based channel; credits are returned in time."""

    @property
    def header_bytes(self) -> int:
        """What the operation itself adds to the payload, below L2CAP's own header."""
        return SDU_LENGTH_BYTES if self is Operation.CREDIT_CHANNEL else ATT_HEADER_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What two devices agreed on, and the stack that schedules it."""

    phy: Phy
    encrypted: bool
    interval_us: int
    att_mtu: int
    stack: StackRule
    ll_payload_bytes: int = MAX_LL_PAYLOAD_BYTES
    operation: Operation = Operation.WRITE_COMMAND

    def __post_init__(self) -> None:
        if (
            not MIN_INTERVAL_US <= self.interval_us <= MAX_INTERVAL_US
            or self.interval_us % INTERVAL_STEP_US
        ):
            raise ImpossibleValueError(
                "interval_ms",
                f"{self.interval_us / 1000} is not a multiple of 1.25 from 7.5 to 4000",
            )
        if not MIN_ATT_MTU <= self.att_mtu <= MAX_ATT_MTU:
            raise ImpossibleValueError(
                "att_mtu", f"{self.att_mtu} is not in {MIN_ATT_MTU}..{MAX_ATT_MTU}"
            )
        check_ll_payload(self.ll_payload_bytes)

    @property
    def att_payload_bytes(self) -> int:
        """Application bytes of the largest operation."""
        return self.att_mtu - self.operation.header_bytes

    @property
    def intervals_per_turn(self) -> int:
        """Intervals until the next operations can be sent: a response takes one of its own."""
        return 2 if self.operation is Operation.WRITE_REQUEST else 1

    def pdu_payloads(self, application_bytes: int) -> Sequence[int]:
        """Return the payload sizes of the PDUs that carry one operation."""
        return split_operation(
            application_bytes, self.ll_payload_bytes, self.operation.header_bytes
        )

    def operation_us(self, application_bytes: int) -> int:
        """Return the time that one operation takes, acknowledgements and spaces included."""
        return sum(
            exchange_us(self.phy, payload, encrypted=self.encrypted)
            for payload in self.pdu_payloads(application_bytes)
        )

    def operations_per_event(self, application_bytes: int) -> int:
        """Return how many operations of this size a connection event carries.

        Raises:
            ImpossibleValueError: not a single one fits.
        """
        operation_us = self.operation_us(application_bytes)
        count = self.stack.operations_per_event(self.interval_us, operation_us)
        if not count:
            raise ImpossibleValueError(
                "interval_ms",
                f"{self.interval_us / 1000} is too short for an operation of"
                f" {operation_us / 1000} ms ({self.stack.name})",
            )
        return 1 if self.operation is Operation.WRITE_REQUEST else count

    def goodput_bps(self, application_bytes: int | None = None) -> float:
        """Return application bits per second when nothing is lost and the queue never empties."""
        size_bytes = self.att_payload_bytes if application_bytes is None else application_bytes
        count = self.operations_per_event(size_bytes)
        return scheduled_bps(count, size_bytes, self.intervals_per_turn * self.interval_us)


def check_ll_payload(ll_payload_bytes: int) -> None:
    """Refuse a PDU size that no two devices can agree on.

    Raises:
        ImpossibleValueError: outside 27..251.
    """
    if not MIN_LL_PAYLOAD_BYTES <= ll_payload_bytes <= MAX_LL_PAYLOAD_BYTES:
        raise ImpossibleValueError(
            "ll_payload_bytes",
            f"{ll_payload_bytes} is not in {MIN_LL_PAYLOAD_BYTES}..{MAX_LL_PAYLOAD_BYTES}",
        )


def split_operation(
    application_bytes: int, ll_payload_bytes: int, header_bytes: int = ATT_HEADER_BYTES
) -> Sequence[int]:
    """Return the PDU payload sizes of one operation with such a header above L2CAP's."""
    left = application_bytes + header_bytes + L2CAP_HEADER_BYTES
    full, rest = divmod(left, ll_payload_bytes)
    return [ll_payload_bytes] * full + ([rest] if rest else [])


def scheduled_bps(count: int, size_bytes: int, interval_us: int) -> float:
    """Return the bits per second of `count` pieces of `size_bytes` in every interval."""
    return count * size_bytes * 8 * 1_000_000 / interval_us


def back_to_back_bps(
    phy: Phy,
    carried_bytes: int,
    ll_payload_bytes: int,
    *,
    encrypted: bool,
    inter_frame_us: int = INTER_FRAME_SPACE_US,
) -> float:
    """Return the ceiling: one exchange after the other, of which `carried_bytes` count."""
    check_ll_payload(ll_payload_bytes)
    cycle_us = exchange_us(
        phy, ll_payload_bytes, encrypted=encrypted, inter_frame_us=inter_frame_us
    )
    return carried_bytes * 8 * 1_000_000 / cycle_us


def acknowledged_bps(application_bytes: int, interval_us: int) -> float:
    """Return the rate of operations that wait for their response: one per two intervals."""
    return scheduled_bps(1, application_bytes, 2 * interval_us)
