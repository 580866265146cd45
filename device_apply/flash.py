"""The flash port: the four functions that everything on the device reaches flash through.

Offsets count from the start of the flash, never from an address. A port for real hardware and the
simulated `NorFlash` keep the same rules: programming clears bits, only erasing a whole sector sets
them, and a write unit is programmed at most once between two erases (parts with ECC insist on it).
"""

from typing import Final, Protocol

from device_apply.profile import FlashGeometry

ERASED_BYTE: Final = 0xFF


class Flash(Protocol):
    """Flash as the device's firmware sees it."""

    @property
    def geometry(self) -> FlashGeometry:
        """Size, units and timings of the part."""
        ...

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly `size` bytes from `offset`.

        Raises:
            device_apply.errors.FlashError: the range leaves the flash.
        """
        ...

    def program(self, offset: int, data: bytes) -> None:
        """Program whole write units that were not programmed since their sector was erased.

        Raises:
            device_apply.errors.FlashError: out of range, unaligned, or a unit is not blank. Nothing
                changed then.
        """
        ...

    def erase_sector(self, offset: int) -> None:
        """Erase the sector that starts at `offset`.

        Raises:
            device_apply.errors.FlashError: no sector starts there.
        """
        ...


def erase_range(flash: Flash, offset: int, size_bytes: int) -> None:
    """Erase the sectors that hold `size_bytes` from the sector boundary `offset` on."""
    for sector in range(offset, offset + size_bytes, flash.geometry.sector_bytes):
        flash.erase_sector(sector)


def padded(data: bytes, unit_bytes: int) -> bytes:
    """Return `data`, filled up to whole units with what erased flash reads."""
    return data + bytes([ERASED_BYTE]) * (-len(data) % unit_bytes)


def round_up(size_bytes: int, unit_bytes: int) -> int:
    """Return the smallest multiple of `unit_bytes` that is not below `size_bytes`."""
    return size_bytes + -size_bytes % unit_bytes


def is_blank(data: bytes) -> bool:
    """Whether `data` reads as erased. It may still have been programmed, or be half erased."""
    return data.count(ERASED_BYTE) == len(data)
