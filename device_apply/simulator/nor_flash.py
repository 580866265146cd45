"""A NOR flash that is stricter than hardware and loses power on request.

Strict, so that code which works here works on every part: a unit is programmed once between two
erases, even with the same bytes, as parts with ECC demand; nothing is silently ignored.
"""

import random
from dataclasses import dataclass

from device_apply.errors import FlashError, PowerCut
from device_apply.profile import FlashGeometry
from device_apply.simulator.flash_cells import FlashCells
from device_apply.simulator.power_cuts import PlannedCut


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashUsage:
    """What a flash has been through since it was made; reads are not counted."""

    erased_sectors: int
    programmed_bytes: int
    operations: int
    """Erase and program operations, those that were cut included."""
    busy_s: float
    """Time that erasing and programming took, by the geometry's typical timings."""


class NorFlash:
    """Implements `device_apply.flash.Flash`."""

    def __init__(self, geometry: FlashGeometry) -> None:
        """Make a blank flash with its power on."""
        self._geometry = geometry
        self._cells = FlashCells(geometry)
        self._erases = [0] * (geometry.size_bytes // geometry.sector_bytes)
        self._programmed_bytes = 0
        self._operations = 0
        self._cut: PlannedCut | None = None
        self._cut_at_operation = 0
        self._has_power = True

    @property
    def geometry(self) -> FlashGeometry:
        """Size, units and timings of the part."""
        return self._geometry

    @property
    def erases_by_sector(self) -> tuple[int, ...]:
        """How often each sector was erased."""
        return tuple(self._erases)

    @property
    def usage(self) -> FlashUsage:
        """The counters as they are now."""
        erased_sectors = sum(self._erases)
        programmed_units = self._programmed_bytes // self._geometry.write_unit_bytes
        return FlashUsage(
            erased_sectors=erased_sectors,
            programmed_bytes=self._programmed_bytes,
            operations=self._operations,
            busy_s=erased_sectors * self._geometry.erase_sector_ms / 1e3
            + programmed_units * self._geometry.program_unit_us / 1e6,
        )

    def plan_cut(self, cut: PlannedCut | None) -> None:
        """Let the power fail as planned, counted from now on; None takes the plan back."""
        self._cut = cut
        self._cut_at_operation = self._operations + (cut.operation if cut else 0)

    def power_on(self) -> None:
        """Bring the power back; unstable cells settle, for now."""
        self._has_power = True
        self._cells.power_on()

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly `size` bytes from `offset`.

        Raises:
            FlashError: the range leaves the flash.
        """
        self._require_power()
        self._require_inside("read", offset, size)
        return self._cells.read(offset, size)

    def program(self, offset: int, data: bytes) -> None:
        """Program whole write units that were not programmed since their sector was erased.

        Raises:
            FlashError: out of range, unaligned, or a unit is not blank. Nothing changed then.
            PowerCut: as planned.
        """
        self._require_power()
        self._require_inside("program", offset, len(data))
        unit_bytes = self._geometry.write_unit_bytes
        if not data or offset % unit_bytes or len(data) % unit_bytes:
            raise FlashError(
                f"program of {len(data)} bytes at {offset:#x}: not whole units of {unit_bytes}"
            )
        if self._cells.has_spent(offset, len(data)):
            raise FlashError(f"program of {len(data)} bytes at {offset:#x}: not blank")
        self._programmed_bytes += len(data)
        cut = self._next_operation()
        if cut is None:
            self._cells.program(offset, data)
        else:
            self._cells.interrupt_program(offset, data, cut.variant, _rng_of(cut))
            raise PowerCut(f"power cut {cut.label} while programming at {offset:#x}")

    def erase_sector(self, offset: int) -> None:
        """Erase the sector that starts at `offset`.

        Raises:
            FlashError: no sector starts there.
            PowerCut: as planned.
        """
        self._require_power()
        self._require_inside("erase", offset, self._geometry.sector_bytes)
        if offset % self._geometry.sector_bytes:
            raise FlashError(f"erase at {offset:#x}: no sector starts there")
        self._erases[offset // self._geometry.sector_bytes] += 1
        cut = self._next_operation()
        if cut is None:
            self._cells.erase(offset)
        else:
            self._cells.interrupt_erase(offset, cut.variant, _rng_of(cut))
            raise PowerCut(f"power cut {cut.label} while erasing at {offset:#x}")

    def _next_operation(self) -> PlannedCut | None:
        """Count an operation and return the cut that hits it, if one does."""
        self._operations += 1
        if self._cut is None or self._operations < self._cut_at_operation:
            return None
        cut, self._cut, self._has_power = self._cut, None, False
        return cut

    def _require_power(self) -> None:
        if not self._has_power:
            raise RuntimeError("the flash has no power: somebody swallowed a PowerCut")

    def _require_inside(self, what: str, offset: int, size: int) -> None:
        if offset < 0 or size < 0 or offset + size > self._geometry.size_bytes:
            raise FlashError(f"{what} of {size} bytes at {offset:#x}: leaves the flash")


def _rng_of(cut: PlannedCut) -> random.Random:
    return random.Random(cut.seed)
