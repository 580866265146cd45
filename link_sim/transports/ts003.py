"""LoRaWAN application layer clock synchronisation (TS003 v2): its messages, byte for byte.

A device needs the time before a multicast session can be announced to it. Sizes and layout agree
with SWL2001 and LoRaMac-node; integers are little endian.
"""

from link_sim.errors import ImpossibleValueError

FPORT = 202
PACKAGE_ID = 1

_CID_APP_TIME = 0x01
_CID_PERIODICITY = 0x02
_CID_FORCE_RESYNC = 0x03
_ANSWER_REQUIRED = 0x10
_MAX_TOKEN = 15
_UINT32 = 1 << 32


def app_time_request(device_time_s: int, token: int, *, answer_required: bool) -> bytes:
    """Return AppTimeReq (up, 6 bytes): the device's idea of GPS time, and a token."""
    _check_token(token)
    parameters = token | (_ANSWER_REQUIRED if answer_required else 0)
    return (
        bytes([_CID_APP_TIME])
        + (device_time_s % _UINT32).to_bytes(4, "little")
        + bytes([parameters])
    )


def app_time_answer(correction_s: int, token: int) -> bytes:
    """Return AppTimeAns (down, 6 bytes): what to add to the device's clock."""
    _check_token(token)
    return bytes([_CID_APP_TIME]) + correction_s.to_bytes(4, "little", signed=True) + bytes([token])


def periodicity_request(period: int) -> bytes:
    """Return DeviceAppTimePeriodicityReq (down, 2 bytes): ask every 128 x 2^period seconds."""
    if not 0 <= period <= _MAX_TOKEN:
        raise ImpossibleValueError("period", f"{period} is not in 0..15")
    return bytes([_CID_PERIODICITY, period])


def periodicity_answer(*, supported: bool, device_time_s: int) -> bytes:
    """Return DeviceAppTimePeriodicityAns (up, 6 bytes)."""
    status = 0 if supported else 1
    return bytes([_CID_PERIODICITY, status]) + (device_time_s % _UINT32).to_bytes(4, "little")


def force_resync_request(transmissions: int) -> bytes:
    """Return ForceDeviceResyncReq (down, 2 bytes): ask for the time up to so many times."""
    if not 0 <= transmissions <= 7:  # noqa: PLR2004 (three bits)
        raise ImpossibleValueError("transmissions", f"{transmissions} is not in 0..7")
    return bytes([_CID_FORCE_RESYNC, transmissions])


def _check_token(token: int) -> None:
    if not 0 <= token <= _MAX_TOKEN:
        raise ImpossibleValueError("token", f"{token} is not in 0..15")
