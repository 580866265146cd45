"""How long a link-layer PDU is on the air (Bluetooth Core, Vol 6 Part B), in whole microseconds."""

from enum import StrEnum, unique

from link_sim.errors import ImpossibleValueError

INTER_FRAME_SPACE_US = 150
"""T_IFS between the two PDUs of an exchange and between exchanges; Core 6.0 can negotiate less."""

MIC_BYTES = 4
"""Message integrity check of an encrypted PDU that has a payload."""

MIN_LL_PAYLOAD_BYTES = 27
"""What every device takes; Core Vol 6 Part B 4.5.10."""
MAX_LL_PAYLOAD_BYTES = 251
"""With data length extension."""

_ACCESS_ADDRESS_BYTES = 4
_HEADER_BYTES = 2
_CRC_BYTES = 3

_CODED_PREAMBLE_US = 80
_CODED_ACCESS_ADDRESS_US = 256
_CODED_INDICATOR_US = 16
_CODED_TERM1_US = 24


@unique
class Phy(StrEnum):
    """The physical layers."""

    LE_1M = "1M"
    LE_2M = "2M"
    CODED_S2 = "S2"
    CODED_S8 = "S8"


def pdu_bytes(phy: Phy, payload_bytes: int, *, encrypted: bool) -> int:
    """Return the bytes of a PDU, preamble to CRC, before coding; a coded preamble counts as ten."""
    preamble_bytes = {Phy.LE_1M: 1, Phy.LE_2M: 2, Phy.CODED_S2: 10, Phy.CODED_S8: 10}[phy]
    return preamble_bytes + _ACCESS_ADDRESS_BYTES + _body_bytes(payload_bytes, encrypted=encrypted)


def pdu_us(phy: Phy, payload_bytes: int, *, encrypted: bool) -> int:
    """Return the microseconds that a PDU with so many payload bytes is on the air.

    Raises:
        ImpossibleValueError: more payload than a PDU holds.
    """
    if not 0 <= payload_bytes <= MAX_LL_PAYLOAD_BYTES:
        raise ImpossibleValueError(
            "payload", f"{payload_bytes} bytes are not in 0..{MAX_LL_PAYLOAD_BYTES}"
        )
    if phy in (Phy.LE_1M, Phy.LE_2M):
        us_per_byte = 8 if phy is Phy.LE_1M else 4
        return pdu_bytes(phy, payload_bytes, encrypted=encrypted) * us_per_byte
    symbols_per_bit = 2 if phy is Phy.CODED_S2 else 8
    body_us = _body_bytes(payload_bytes, encrypted=encrypted) * 8 * symbols_per_bit
    term2_us = 3 * symbols_per_bit
    prefix_us = (
        _CODED_PREAMBLE_US + _CODED_ACCESS_ADDRESS_US + _CODED_INDICATOR_US + _CODED_TERM1_US
    )
    return prefix_us + body_us + term2_us


def exchange_us(
    phy: Phy, payload_bytes: int, *, encrypted: bool, inter_frame_us: int = INTER_FRAME_SPACE_US
) -> int:
    """Return the time of a PDU, the empty PDU that acknowledges it, and the spaces behind both."""
    data_us = pdu_us(phy, payload_bytes, encrypted=encrypted)
    return data_us + inter_frame_us + pdu_us(phy, 0, encrypted=encrypted) + inter_frame_us


def _body_bytes(payload_bytes: int, *, encrypted: bool) -> int:
    """Header to CRC; an empty PDU is never encrypted."""
    mic_bytes = MIC_BYTES if encrypted and payload_bytes else 0
    return _HEADER_BYTES + payload_bytes + mic_bytes + _CRC_BYTES
