"""Flash parts: how they are divided, how they program, and how long that takes.

The named ones carry the typical figures of their data sheets, so that an update's time on them can
be told. Sizes are those that a test needs, not those of the part.
"""

from dataclasses import dataclass
from typing import Final, Self

from device_apply.errors import ProfileError
from device_apply.profile import FlashGeometry

ERASED_ONES: Final = 0xFF
ERASED_ZEROS: Final = 0x00


@dataclass(frozen=True, slots=True)
class Sector:
    """One erase unit."""

    size_bytes: int
    erase_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashPart:
    """Everything that the model has to know about a part."""

    sectors: tuple[Sector, ...]
    write_unit_bytes: int
    program_unit_us: float
    erased_byte: int = ERASED_ONES
    program_once: bool = True
    """Whether a unit takes one program operation between two erases, as parts with ECC insist."""

    @property
    def size_bytes(self) -> int:
        """Bytes of the whole flash."""
        return sum(sector.size_bytes for sector in self.sectors)

    @classmethod
    def uniform(cls, geometry: FlashGeometry) -> Self:
        """Return the part that a device profile describes."""
        sector = Sector(geometry.sector_bytes, geometry.erase_sector_ms)
        return cls(
            sectors=(sector,) * (geometry.size_bytes // geometry.sector_bytes),
            write_unit_bytes=geometry.write_unit_bytes,
            program_unit_us=geometry.program_unit_us,
        )

    def geometry(self) -> FlashGeometry:
        """Return the part as a device profile describes it, from address 0.

        Raises:
            ProfileError: its sectors differ in size, which a profile cannot say.
        """
        first = self.sectors[0]
        if any(sector != first for sector in self.sectors):
            raise ProfileError("flash: sectors of different sizes have no geometry")
        return FlashGeometry(
            base_address=0,
            size_bytes=self.size_bytes,
            sector_bytes=first.size_bytes,
            write_unit_bytes=self.write_unit_bytes,
            erase_sector_ms=first.erase_ms,
            program_unit_us=self.program_unit_us,
        )


def nrf52840(sectors: int) -> FlashPart:
    """Return a flash like that of Nordic's nRF52840 (product specification 1.1, section 6.8)."""
    return FlashPart(
        sectors=(Sector(4096, 85.0),) * sectors,
        write_unit_bytes=4,
        program_unit_us=41.0,
        program_once=False,
    )


def stm32l4(sectors: int) -> FlashPart:
    """Return a flash like that of ST's STM32L476 (DS10198, flash memory characteristics)."""
    return FlashPart(
        sectors=(Sector(2048, 22.02),) * sectors,
        write_unit_bytes=8,
        program_unit_us=81.69,
    )


def stm32l0(sectors: int) -> FlashPart:
    """Return a flash like that of ST's STM32L0: it erases to zeros (RM0367, section 3)."""
    return FlashPart(
        sectors=(Sector(128, 3.2),) * sectors,
        write_unit_bytes=4,
        program_unit_us=3200.0,
        erased_byte=ERASED_ZEROS,
    )


def stm32f4() -> FlashPart:
    """Return one bank of ST's STM32F405: 4 x 16, 64 and 3 x 128 KiB (DS8626, x32 parallelism)."""
    return FlashPart(
        sectors=(Sector(16 << 10, 250.0),) * 4
        + (Sector(64 << 10, 550.0),)
        + (Sector(128 << 10, 1000.0),) * 3,
        write_unit_bytes=4,
        program_unit_us=16.0,
        program_once=False,
    )


def w25q(sectors: int) -> FlashPart:
    """Return serial NOR like Winbond's W25Q64JV: 45 ms a sector, 0.4 ms for a page of 256 bytes."""
    return FlashPart(
        sectors=(Sector(4096, 45.0),) * sectors,
        write_unit_bytes=1,
        program_unit_us=0.4e3 / 256,
        program_once=False,
    )
