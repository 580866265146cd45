"""TS004's small messages: status, answers, and version 2's word that the block is whole."""

from link_sim.errors import ImpossibleValueError
from link_sim.transports.ts004 import MAX_FRAGMENTS, Version

_CID_STATUS = 0x01
_CID_SETUP = 0x02
_CID_BLOCK_RECEIVED = 0x04
_MAX_MISSING = 255
"""MissingFrag is one byte; more is reported as this."""
_MIC_ERROR = 0x04
_MEMORY_ERROR = 0x01


def status_request(session_index: int, *, all_participants: bool) -> bytes:
    """Return FragSessionStatusReq (down, 2 bytes).

    Devices that have the whole block answer only if `all_participants` are asked.
    """
    _check_session(session_index)
    return bytes([_CID_STATUS, session_index << 1 | all_participants])


def status_answer(
    session_index: int,
    received: int,
    missing: int,
    version: Version,
    *,
    out_of_memory: bool = False,
) -> bytes:
    """Return FragSessionStatusAns (up, 5 bytes); the versions order its fields differently."""
    _check_session(session_index)
    counted = (session_index << 14 | min(received, MAX_FRAGMENTS)).to_bytes(2, "little")
    missing_byte = bytes([min(missing, _MAX_MISSING)])
    status = bytes([_MEMORY_ERROR if out_of_memory else 0])
    if version is Version.V1:
        return bytes([_CID_STATUS]) + counted + missing_byte + status
    return bytes([_CID_STATUS]) + status + counted + missing_byte


def setup_answer(session_index: int, error_bits: int = 0) -> bytes:
    """Return FragSessionSetupAns (up, 2 bytes); bit 4 of the errors is version 2's replay."""
    _check_session(session_index)
    return bytes([_CID_SETUP, session_index << 6 | error_bits & 0x1F])


def block_received(session_index: int, *, mic_error: bool) -> bytes:
    """Return version 2's FragDataBlockReceivedReq (up, 2 bytes)."""
    _check_session(session_index)
    return bytes([_CID_BLOCK_RECEIVED, session_index | (_MIC_ERROR if mic_error else 0)])


def _check_session(session_index: int) -> None:
    if not 0 <= session_index <= 3:  # noqa: PLR2004 (two bits)
        raise ImpossibleValueError("frag_index", f"{session_index} is not in 0..3")
