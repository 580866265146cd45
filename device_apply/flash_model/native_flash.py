"""`NativeFlash`: the model behind the device's flash port, for code in Python."""

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Any

from device_apply.errors import FlashError, PowerCut
from device_apply.flash_model.native import Native, installed_flash_model
from device_apply.flash_model.parts import FlashPart
from device_apply.flash_model.power_cuts import PowerCutPlan
from device_apply.profile import FlashGeometry


class UnreadableError(FlashError):
    """A unit has an error that the part's ECC cannot correct: an interrupted operation left it."""


class SpentError(FlashError):
    """A unit was programmed since its erase; it may still read blank. Nothing changed."""


@unique
class _Result(IntEnum):
    """What an operation said: `enum flash_model_result`."""

    OK = 0
    UNREADABLE = 1
    REFUSED = 2
    TRAPPED = 3
    POWER_LOST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashUsage:
    """What a flash has been through since it was made; reads are not counted."""

    operations: int
    """Erase and program operations, those that were cut included."""
    erased_sectors: int
    programmed_bytes: int
    traps: int
    """Attempts at what no correct code does: out of range, unaligned, protected."""
    busy_s: float
    """Time that erasing and programming took, by the part's typical timings."""


class NativeFlash:
    """Implements `device_apply.flash.Flash` over the model in C."""

    def __init__(self, part: FlashPart, native: Native | None = None) -> None:
        """Make a blank flash with its power on.

        Raises:
            ValueError: no such part is possible.
        """
        self.part = part
        self._native = native or installed_flash_model()
        made, _sectors = c_part(self._native, part)
        flash = self._native.lib.flash_model_new(made)
        if flash == self._native.ffi.NULL:
            raise ValueError("no such part: units are powers of two, sectors whole units")
        self._flash = self._native.ffi.gc(flash, self._native.lib.flash_model_free)

    def clone(self) -> "NativeFlash":
        """Return another flash of the same part in the same condition, planned cuts included."""
        other = NativeFlash(self.part, self._native)
        self._native.lib.flash_model_copy(other._flash, self._flash)
        return other

    @property
    def geometry(self) -> FlashGeometry:
        """Size, units and timings, for parts with equal sectors."""
        return self.part.geometry()

    @property
    def usage(self) -> FlashUsage:
        """The counters as they are now."""
        return usage_of(self._native, self._flash)

    @property
    def erases_by_sector(self) -> tuple[int, ...]:
        """How often each sector was erased."""
        return tuple(
            self._native.lib.flash_model_sector_erases(self._flash, sector)
            for sector in range(len(self.part.sectors))
        )

    def plan_cut(self, cut: PowerCutPlan | None) -> None:
        """Let the power fail as planned, counted from now on; None takes the plan back."""
        if cut is None:
            self._native.lib.flash_model_plan_cut(self._flash, 0, 0, 0)
        else:
            self._native.lib.flash_model_plan_cut(self._flash, cut.operation, cut.variant, cut.seed)

    def power_on(self) -> None:
        """Bring the power back; what is unsettled settles, for now."""
        self._native.lib.flash_model_power_on(self._flash)

    def protect(self, offset: int, size_bytes: int) -> None:
        """Trap every erase and program in this range from now on."""
        self._native.lib.flash_model_protect(self._flash, offset, size_bytes)

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly `size` bytes from `offset`.

        Raises:
            FlashError: the range leaves the flash.
            UnreadableError: a unit in it faults.
            PowerCut: the power is gone.
        """
        buffer = self._native.ffi.new("uint8_t[]", max(size, 1))
        result = self._native.lib.flash_model_read(self._flash, offset, buffer, size)
        self._require(_Result(result), f"read of {size} bytes at {offset:#x}")
        return bytes(self._native.ffi.buffer(buffer, size))

    def program(self, offset: int, data: bytes) -> None:
        """Program whole write units.

        Raises:
            SpentError: a unit does not take it.
            FlashError: out of range or unaligned. Nothing changed, here as there.
            PowerCut: as planned.
        """
        result = self._native.lib.flash_model_program(self._flash, offset, data, len(data))
        self._require(_Result(result), f"program of {len(data)} bytes at {offset:#x}")

    def erase_sector(self, offset: int) -> None:
        """Erase the sector that starts at `offset`.

        Raises:
            FlashError: no sector starts there.
            PowerCut: as planned.
        """
        result = self._native.lib.flash_model_erase(self._flash, offset)
        self._require(_Result(result), f"erase at {offset:#x}")

    @staticmethod
    def _require(result: _Result, what: str) -> None:
        match result:
            case _Result.OK:
                return
            case _Result.POWER_LOST:
                raise PowerCut(f"power cut: {what}")
            case _Result.UNREADABLE:
                raise UnreadableError(f"{what}: a unit cannot be read")
            case _Result.REFUSED:
                raise SpentError(f"{what}: not blank")
            case _Result.TRAPPED:
                raise FlashError(f"{what}: out of range, unaligned or protected")


def usage_of(native: Native, flash: Any) -> FlashUsage:  # noqa: ANN401 (cffi data)
    """Return the counters of a flash in C."""
    usage = native.ffi.new("struct flash_model_usage *")
    native.lib.flash_model_usage_of(flash, usage)
    return FlashUsage(
        operations=usage.operations,
        erased_sectors=usage.erases,
        programmed_bytes=usage.programmed_bytes,
        traps=usage.traps,
        busy_s=usage.busy_ns / 1e9,
    )


def c_part(native: Native, part: FlashPart) -> tuple[Any, Any]:
    """Return `part` as C data, and its sectors, which the caller has to keep as long."""
    sectors = native.ffi.new("struct flash_model_sector[]", len(part.sectors))
    for index, sector in enumerate(part.sectors):
        sectors[index].bytes = sector.size_bytes
        sectors[index].erase_us = round(sector.erase_ms * 1e3)
    made = native.ffi.new("struct flash_model_part *")
    made.sectors = sectors
    made.sector_count = len(part.sectors)
    made.write_unit_bytes = part.write_unit_bytes
    made.program_unit_ns = round(part.program_unit_us * 1e3)
    made.erased_value = part.erased_byte
    made.program_once = part.program_once
    return made, sectors
