"""LoRaWAN fragmented data block transport (TS004): its messages, byte for byte.

Version 1 and 2 differ in the set-up request and the order of fields in the status answer, and in
the parity matrix (`ts004_parity`). Sources: SWL2001 (both versions), brocaar/lorawan, ChirpStack.
"""

from dataclasses import dataclass
from enum import StrEnum, unique

from link_sim.errors import ImpossibleValueError

MAX_FRAGMENTS = 16_383
"""Fragments are numbered from 1 in 14 bits."""
MAX_FRAGMENT_BYTES = 255
"""FragSize is one byte."""
FRAGMENT_HEADER_BYTES = 3
"""Command identifier and IndexAndN in front of every fragment."""

STATUS_REQUEST_BYTES = 2
STATUS_ANSWER_BYTES = 5
SETUP_ANSWER_BYTES = 2
FRAGMENT_NUMBER_BYTES = 2
"""One fragment's number, as IndexAndN writes it."""

DESCRIPTOR_BYTES = 4
"""Free for the application; servers put the firmware's identity there."""

_CID_SETUP = 0x02
_ACK_RECEPTION = 0x40


@unique
class Version(StrEnum):
    """Revisions of TS004 that cannot be mixed."""

    V1 = "v1"
    V2 = "v2"

    @property
    def setup_request_bytes(self) -> int:
        """Size of FragSessionSetupReq, command identifier included."""
        return {Version.V1: 11, Version.V2: 17}[self]


def status_answer_spread_s(block_ack_delay: int) -> float:
    """Return the width of the window over which receivers spread their status answers."""
    return float(1 << (block_ack_delay + 4))


def index_and_n(session_index: int, number: int) -> bytes:
    """Encode which fragment of which session follows; `number` counts from 1."""
    _check("frag_index", session_index, 3)
    _check("n", number, MAX_FRAGMENTS)
    return (session_index << 14 | number).to_bytes(2, "little")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSetup:
    """FragSessionSetupReq: what a device has to know before the first fragment."""

    session_index: int
    multicast_groups: int
    """Bit mask of the multicast groups that may carry the session."""
    fragments: int
    fragment_bytes: int
    block_ack_delay: int
    algorithm: int
    """0 for the parity matrix of version 1."""
    padding_bytes: int
    descriptor: bytes

    def __post_init__(self) -> None:
        _check("index", self.session_index, 3)
        _check("mcgroup_mask", self.multicast_groups, 0xF)
        _check("nb_frag", self.fragments, MAX_FRAGMENTS)
        _check("frag_size", self.fragment_bytes, MAX_FRAGMENT_BYTES)
        _check("block_ack_delay", self.block_ack_delay, 7)
        _check("algorithm", self.algorithm, 7)
        _check("padding", self.padding_bytes, 0xFF)
        if len(self.descriptor) != DESCRIPTOR_BYTES:
            raise ImpossibleValueError("descriptor", f"must be {DESCRIPTOR_BYTES} bytes")

    def encode_v1(self) -> bytes:
        """Return the 11 bytes of TS004 v1."""
        return bytes([_CID_SETUP]) + self._session_fields(self._control)

    def encode_v2(self, *, session_count: int, mic: bytes, ack_reception: bool) -> bytes:
        """Return the 17 bytes of TS004 v2, which add a replay counter and the block's MIC."""
        control = self._control | (_ACK_RECEPTION if ack_reception else 0)
        _check("session_cnt", session_count, 0xFFFF)
        return (
            bytes([_CID_SETUP])
            + self._session_fields(control)
            + session_count.to_bytes(2, "little")
            + mic
        )

    @property
    def _control(self) -> int:
        return self.algorithm << 3 | self.block_ack_delay

    def _session_fields(self, control: int) -> bytes:
        return (
            bytes([self.session_index << 4 | self.multicast_groups])
            + self.fragments.to_bytes(2, "little")
            + bytes([self.fragment_bytes, control, self.padding_bytes])
            + self.descriptor
        )


def _check(field: str, value: int, maximum: int) -> None:
    if not 0 <= value <= maximum:
        raise ImpossibleValueError(field, f"{value} is not in 0..{maximum}")
