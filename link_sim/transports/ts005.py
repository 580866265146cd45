"""LoRaWAN remote multicast set-up (TS005 v2): its messages, byte for byte.

A group is set up on every device by unicast, then a class-C or class-B session is announced; both
cost the gateway air time before the first fragment. Integers are little endian; frequencies are in
units of 100 Hz. Layout and sizes agree with SWL2001, LoRaMac-node and ChirpStack.
"""

from dataclasses import dataclass
from typing import Final

from link_sim.errors import ImpossibleValueError

FPORT = 200
PACKAGE_ID = 2

MAX_GROUPS = 4
KEY_BYTES = 16
ADDRESS_BYTES = 4

_CID_GROUP_SETUP = 0x02
_CID_GROUP_DELETE = 0x03
_CID_CLASS_C_SESSION = 0x04
_CID_CLASS_B_SESSION = 0x05
_GROUP_UNDEFINED = 0x10
_GROUP_MASK: Final = MAX_GROUPS - 1
_HZ_PER_STEP = 100
_UINT24 = 1 << 24
_UINT32 = 1 << 32

GROUP_SETUP_REQUEST_BYTES = 30
GROUP_SETUP_ANSWER_BYTES = 2
SESSION_REQUEST_BYTES = 11
SESSION_ANSWER_BYTES = 5
SESSION_REFUSAL_BYTES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSetup:
    """McGroupSetupReq (down, 30 bytes): address and key of a multicast group."""

    group: int
    address: bytes
    """McAddr, least significant byte first."""
    encrypted_key: bytes
    min_frame_counter: int
    max_frame_counter: int

    def to_bytes(self) -> bytes:
        """Encode."""
        _check_group(self.group)
        if len(self.address) != ADDRESS_BYTES or len(self.encrypted_key) != KEY_BYTES:
            raise ImpossibleValueError("group_setup", "address is 4 bytes, key 16")
        counters = (self.min_frame_counter, self.max_frame_counter)
        return (
            bytes([_CID_GROUP_SETUP, self.group])
            + self.address
            + self.encrypted_key
            + b"".join((counter % _UINT32).to_bytes(4, "little") for counter in counters)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAnnouncement:
    """McClassCSessionReq or McClassBSessionReq (down, 11 bytes)."""

    group: int
    start_gps_s: int
    timeout_exponent: int
    """The session ends after 2^t seconds (class C) or 2^t beacon periods (class B)."""
    frequency_hz: int
    data_rate: int
    ping_slot_periodicity: int | None = None
    """Given for class B only."""

    @property
    def longest_s(self) -> float:
        """When devices stop listening, counted from the start."""
        unit_s = 1 if self.ping_slot_periodicity is None else 128
        return float(unit_s << self.timeout_exponent)

    def to_bytes(self) -> bytes:
        """Encode."""
        _check_group(self.group)
        if not 0 <= self.timeout_exponent <= 15:  # noqa: PLR2004 (four bits)
            raise ImpossibleValueError("timeout_exponent", "is not in 0..15")
        frequency = self.frequency_hz // _HZ_PER_STEP
        if self.frequency_hz % _HZ_PER_STEP or not 0 < frequency < _UINT24:
            raise ImpossibleValueError("frequency_hz", "must be a multiple of 100 Hz in 24 bits")
        periodicity = self.ping_slot_periodicity
        command = _CID_CLASS_C_SESSION if periodicity is None else _CID_CLASS_B_SESSION
        return (
            bytes([command, self.group])
            + (self.start_gps_s % _UINT32).to_bytes(4, "little")
            + bytes([(periodicity or 0) << 4 | self.timeout_exponent])
            + frequency.to_bytes(3, "little")
            + bytes([self.data_rate])
        )


def group_setup_answer(group: int, *, error: bool = False) -> bytes:
    """Return McGroupSetupAns (up, 2 bytes)."""
    _check_group(group)
    return bytes([_CID_GROUP_SETUP, group | (4 if error else 0)])


def group_delete_request(group: int) -> bytes:
    """Return McGroupDeleteReq (down, 2 bytes)."""
    _check_group(group)
    return bytes([_CID_GROUP_DELETE, group])


def session_answer(group: int, time_to_start_s: int, *, class_b: bool = False) -> bytes:
    """Return the answer to an announcement that was accepted (up, 5 bytes)."""
    _check_group(group)
    command = _CID_CLASS_B_SESSION if class_b else _CID_CLASS_C_SESSION
    return bytes([command, group]) + (time_to_start_s % _UINT24).to_bytes(3, "little")


def session_refusal(group: int, *, class_b: bool = False) -> bytes:
    """Return the answer of a device that does not know the group (up, 2 bytes)."""
    _check_group(group)
    command = _CID_CLASS_B_SESSION if class_b else _CID_CLASS_C_SESSION
    return bytes([command, group | _GROUP_UNDEFINED])


def _check_group(group: int) -> None:
    if not 0 <= group <= _GROUP_MASK:
        raise ImpossibleValueError("group", f"{group} is not in 0..3")
