"""Flashes that watch who touches them."""

from device_apply.errors import FlashError
from device_apply.flash import Flash
from device_apply.profile import FlashGeometry


class ExplodingFlash:
    """Reads like the flash below; once armed, any erase or program fails the test."""

    def __init__(self, flash: Flash) -> None:
        self.is_armed = False
        self._flash = flash

    @property
    def geometry(self) -> FlashGeometry:
        return self._flash.geometry

    def read(self, offset: int, size: int) -> bytes:
        return self._flash.read(offset, size)

    def program(self, offset: int, data: bytes) -> None:
        assert not self.is_armed, f"program at {offset:#x}"
        self._flash.program(offset, data)

    def erase_sector(self, offset: int) -> None:
        assert not self.is_armed, f"erase at {offset:#x}"
        self._flash.erase_sector(offset)


class RefusalCounter:
    """Behaves like the flash below and counts the programs that it refused."""

    def __init__(self, flash: Flash) -> None:
        self.refused = 0
        self._flash = flash

    @property
    def geometry(self) -> FlashGeometry:
        return self._flash.geometry

    def read(self, offset: int, size: int) -> bytes:
        return self._flash.read(offset, size)

    def program(self, offset: int, data: bytes) -> None:
        try:
            self._flash.program(offset, data)
        except FlashError:
            self.refused += 1
            raise

    def erase_sector(self, offset: int) -> None:
        self._flash.erase_sector(offset)
