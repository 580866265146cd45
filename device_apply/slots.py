"""Slots as sources and destinations of images, and scratch flash beside them."""

import hashlib
from dataclasses import dataclass
from typing import Final

from device_apply.appliers.contract import Source
from device_apply.errors import ApplyFailed
from device_apply.flash import Flash, erase_range, padded
from device_apply.profile import Region
from device_apply.wire.suit import SizedDigest

BURST_BYTES: Final = 256
"""RAM that a slot is programmed from: the page buffer of serial NOR parts (W25Q family)."""
_READ_BYTES: Final = 4096
"""How much a digest reads at a time; speed only, the result does not depend on it."""


@dataclass(frozen=True, slots=True)
class SlotImage:
    """The first `size` bytes of a slot as a `Source`."""

    flash: Flash
    slot: Region
    size: int

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly `size` bytes from `offset`.

        Raises:
            device_apply.errors.ApplyFailed: the range leaves the image.
        """
        require_range(self, offset, size)
        return self.flash.read(self.slot.offset + offset, size)


class SlotWriter:
    """Programs an image into a slot, piece by piece in ascending order."""

    def __init__(self, flash: Flash, slot: Region, image_bytes: int) -> None:
        """Erase the sectors that an image of `image_bytes` needs, and no others."""
        erase_range(flash, slot.offset, image_bytes)
        self._flash = flash
        self._offset = slot.offset
        self._waiting = bytearray()

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._waiting += data
        while len(self._waiting) >= BURST_BYTES:
            self._program(bytes(self._waiting[:BURST_BYTES]))
            del self._waiting[:BURST_BYTES]

    def finish(self) -> None:
        """Program what is left, filled up to a write unit."""
        if self._waiting:
            self._program(padded(bytes(self._waiting), self._flash.geometry.write_unit_bytes))
            self._waiting.clear()

    def _program(self, data: bytes) -> None:
        self._flash.program(self._offset, data)
        self._offset += len(data)


@dataclass(frozen=True, slots=True)
class FlashScratch:
    """A region of flash as an applier's `Scratch`."""

    flash: Flash
    region: Region

    @property
    def size_bytes(self) -> int:
        """How much there is."""
        return self.region.size_bytes

    def erase(self, count: int) -> None:
        """Erase the sectors that hold the first `count` bytes."""
        erase_range(self.flash, self.region.offset, count)

    def program(self, offset: int, data: bytes) -> None:
        """Program erased bytes."""
        unit_bytes = self.flash.geometry.write_unit_bytes
        self.flash.program(self.region.offset + offset, padded(data, unit_bytes))

    def read(self, offset: int, count: int) -> bytes:
        """Return exactly `count` bytes."""
        return self.flash.read(self.region.offset + offset, count)


def require_range(source: Source, offset: int, size: int) -> None:
    """Require that `size` bytes from `offset` lie inside a source.

    Raises:
        device_apply.errors.ApplyFailed: they do not.
    """
    if offset < 0 or size < 0 or offset + size > source.size:
        raise ApplyFailed(f"read of {size} bytes at {offset} leaves the {source.size} there are")


def digest_of(source: Source) -> SizedDigest:
    """Return size and SHA-256 of a source, read a little at a time."""
    sha256 = hashlib.sha256()
    for offset in range(0, source.size, _READ_BYTES):
        sha256.update(source.read(offset, min(_READ_BYTES, source.size - offset)))
    return SizedDigest(sha256.digest(), source.size)
