"""LoRaWAN firmware management (TS006): its messages, byte for byte.

Asks what a device runs, when it will reboot, and whether the image it received is valid. Layout and
sizes agree with SWL2001; integers are little endian.
"""

from enum import IntEnum, unique

FPORT = 203
PACKAGE_ID = 4

_CID_VERSION = 0x01
_CID_REBOOT_TIME = 0x02
_CID_REBOOT_COUNTDOWN = 0x03
_CID_UPGRADE_IMAGE = 0x04
_CID_DELETE_IMAGE = 0x05
_UINT24 = 1 << 24
_UINT32 = 1 << 32


@unique
class UpgradeImage(IntEnum):
    """What a device says of the image that it received."""

    NONE = 0
    CORRUPT = 1
    INCOMPATIBLE = 2
    VALID = 3


def version_request() -> bytes:
    """Return DevVersionReq (down, 1 byte)."""
    return bytes([_CID_VERSION])


def version_answer(firmware_version: int, hardware_version: int) -> bytes:
    """Return DevVersionAns (up, 9 bytes)."""
    return bytes([_CID_VERSION]) + _uint32(firmware_version) + _uint32(hardware_version)


def reboot_time(gps_s: int) -> bytes:
    """Return DevRebootTimeReq or its answer, which repeats it (5 bytes)."""
    return bytes([_CID_REBOOT_TIME]) + _uint32(gps_s)


def reboot_countdown(delay_s: int) -> bytes:
    """Return DevRebootCountdownReq or its answer, which repeats it (4 bytes)."""
    return bytes([_CID_REBOOT_COUNTDOWN]) + (delay_s % _UINT24).to_bytes(3, "little")


def upgrade_image_request() -> bytes:
    """Return DevUpgradeImageReq (down, 1 byte)."""
    return bytes([_CID_UPGRADE_IMAGE])


def upgrade_image_answer(status: UpgradeImage, next_version: int = 0) -> bytes:
    """Return DevUpgradeImageAns (up, 2 bytes; 6 if there is a valid image to name)."""
    version = _uint32(next_version) if status is UpgradeImage.VALID else b""
    return bytes([_CID_UPGRADE_IMAGE, status]) + version


def delete_image_request(version: int) -> bytes:
    """Return DevDeleteImageReq (down, 5 bytes)."""
    return bytes([_CID_DELETE_IMAGE]) + _uint32(version)


def delete_image_answer(error_bits: int = 0) -> bytes:
    """Return DevDeleteImageAns (up, 2 bytes)."""
    return bytes([_CID_DELETE_IMAGE, error_bits & 3])


def _uint32(value: int) -> bytes:
    return (value % _UINT32).to_bytes(4, "little")
