"""The device profile: what a device is, as far as an update has to know.

A profile names the device class that packages are bound to, the flash and how it is divided, the
memory and the appliers on board, and the radio and battery that a plan counts with. It is data:
`device_apply/profiles/` holds the built-in ones, users write their own as TOML (`profile_toml`).
"""

import itertools
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from device_apply.errors import ProfileError
from device_apply.wire.payload_format import PayloadFormat

MIN_STATE_BANK_BYTES: Final = 1024
"""Least bytes of one bank of the state region: `AIRDELTA_MIN_STATE_BANK_BYTES`."""


CHECKPOINT_BYTES: Final = 320
"""What a checkpoint of a streamed download takes beside the work memory:
`AIRDELTA_CHECKPOINT_BYTES`."""

MAX_FLASH_BYTES: Final = 1 << 30
"""The simulated flash is memory; parts with code in them are far below."""


@unique
class Architecture(StrEnum):
    """The instruction set, as far as relocation distinguishes it."""

    NONE = "none"
    THUMB = "thumb"
    ARM = "arm"
    AARCH64 = "aarch64"
    RISCV32 = "riscv32"
    RISCV64 = "riscv64"
    XTENSA = "xtensa"
    AVR = "avr"


@unique
class SlotAddressing(StrEnum):
    """Whether an image runs from either slot or is linked for one of them."""

    REMAP = "remap"
    """The hardware maps the active slot to one address; one image fits both slots."""
    PER_SLOT = "per-slot"
    """Code executes in place; an image is linked for slot A or for slot B."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A range of flash: whole sectors, by offset from the flash base."""

    offset: int
    size_bytes: int

    @property
    def end(self) -> int:
        """Offset of the first byte behind the region."""
        return self.offset + self.size_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashGeometry:
    """The flash part: its address, size, units and timings."""

    base_address: int
    size_bytes: int
    sector_bytes: int
    """Bytes of one erase unit."""
    write_unit_bytes: int
    """Alignment and granularity of programming."""
    erase_sector_ms: float
    """Typical time to erase one sector."""
    program_unit_us: float
    """Typical time to program one write unit."""

    def __post_init__(self) -> None:
        if self.write_unit_bytes not in (1, 2, 4, 8, 16, 32):
            raise ProfileError(
                f"flash.write_unit_bytes: {self.write_unit_bytes} is not one of 1, 2, 4, 8, 16, 32"
            )
        if self.sector_bytes <= 0 or self.sector_bytes % self.write_unit_bytes:
            raise ProfileError("flash.sector_bytes: not a multiple of flash.write_unit_bytes")
        if self.size_bytes <= 0 or self.size_bytes % self.sector_bytes:
            raise ProfileError("flash.size_bytes: not a multiple of flash.sector_bytes")
        if self.size_bytes > MAX_FLASH_BYTES:
            raise ProfileError(f"flash.size_bytes: over the limit of {MAX_FLASH_BYTES}")

    def whole_sectors(self, size_bytes: int) -> int:
        """Return the bytes of the sectors that `size_bytes` take."""
        return size_bytes + -size_bytes % self.sector_bytes


@unique
class LayoutKind(StrEnum):
    """How a new image gets to where it runs."""

    AB = "ab"
    """Two slots that run; the application writes the one that does not."""
    OVERWRITE = "overwrite"
    """One slot that runs and a second area of its size, from which the bootloader copies."""
    IN_PLACE = "in-place"
    """One slot, which the bootloader rewrites page by page from what is in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlaceAreas:
    """What a commit in place works with, beside the slot and the area of its program."""

    page_bytes: int
    """The step of the commit: whole sectors."""
    journal: Region
    """Two banks of whole sectors that say how far the commit is."""
    stash: Region
    """Pages that keep what other pages still need."""

    @property
    def stash_pages(self) -> int:
        """How many pages the stash has."""
        return self.stash.size_bytes // self.page_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AbLayout:
    """Slots, a download area and two or more sectors for the device's own state."""

    slot_addressing: SlotAddressing
    slot_a: Region
    """The slot that runs, where only one does."""
    slot_b: Region
    """The other slot; with one slot, what the bootloader copies or executes from: the new image
    (overwrite) or the commit program (in place)."""
    download: Region
    """Where the envelope and the payload wait until they are verified."""
    state: Region
    """Boot state and security counter, append-only records."""
    scratch: Region | None = None
    """Flash that an applier may use while it works, if there is some to spare."""
    checkpoints: Region | None = None
    """Where a download that is decoded as it comes keeps the decoder's state, twice; without it
    payloads are stored before they are decoded."""
    kind: LayoutKind = LayoutKind.AB
    in_place: InPlaceAreas | None = None

    @property
    def slots(self) -> tuple[Region, Region]:
        """Both slots, in order of their index."""
        return (self.slot_a, self.slot_b)


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """What feeds the device."""

    capacity_mah: float
    voltage_v: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceProfile:
    """Everything about a device that building, planning and applying an update needs."""

    name: str
    architecture: Architecture
    vendor: str
    """The vendor's domain name; its UUID is the version 5 UUID of it in the DNS namespace."""
    device_class: str
    """The device class; its UUID is the version 5 UUID of it in the vendor's namespace."""
    cpu_hz: int
    active_ma: float
    """Supply current while the processor runs."""
    applier_ram_bytes: int
    """RAM that the device can give to an applier, stack included."""
    appliers: frozenset[PayloadFormat]
    """The payload formats that the device's firmware can decode."""
    flash: FlashGeometry
    layout: AbLayout
    radio: str | None = None
    """The radio part, such as `sx1262`, for energy."""
    battery: Battery | None = None

    def __post_init__(self) -> None:
        named = self._named_regions()
        for field_name, region in named.items():
            self._check_region(field_name, region)
        ordered = sorted(named.items(), key=lambda item: item[1].offset)
        for (first_name, first), (second_name, second) in itertools.pairwise(ordered):
            if first.end > second.offset:
                raise ProfileError(f"{second_name}: overlaps {first_name}")
        is_program = self.layout.kind is LayoutKind.IN_PLACE
        if not is_program and self.layout.slot_a.size_bytes != self.layout.slot_b.size_bytes:
            raise ProfileError("layout.slot_b: must be as large as layout.slot_a")
        self._check_state()
        if PayloadFormat.FULL not in self.appliers:
            raise ProfileError("apply.appliers: every device takes full images: add 'full'")

    @property
    def state_bank_bytes(self) -> int:
        """Bytes of one bank of the state region."""
        return self.flash.whole_sectors(MIN_STATE_BANK_BYTES)

    @property
    def slot_bytes(self) -> int:
        """Bytes of one slot: the largest image the device can hold."""
        return self.layout.slot_a.size_bytes

    @property
    def scratch_bytes(self) -> int:
        """Bytes of scratch flash that an applier may use."""
        return 0 if self.layout.scratch is None else self.layout.scratch.size_bytes

    @property
    def checkpoint_bank_bytes(self) -> int:
        """Bytes of one of the two places for checkpoints; 0: the device stores payloads."""
        region = self.layout.checkpoints
        return 0 if region is None else region.size_bytes // 2

    def slot_address(self, slot: int) -> int:
        """Return the address at which an image in slot `slot` (0 or 1) runs.

        With `remap`, both slots run at the address of slot A.
        """
        region = (
            self.layout.slot_a
            if self.layout.slot_addressing is SlotAddressing.REMAP
            else self.layout.slots[slot]
        )
        return self.flash.base_address + region.offset

    def _named_regions(self) -> dict[str, Region]:
        """Return the regions that there are, by name."""
        layout = self.layout
        named = {
            "layout.slot_a": layout.slot_a,
            "layout.slot_b": layout.slot_b,
            "layout.download": layout.download,
            "layout.state": layout.state,
        }
        if layout.scratch is not None:
            named["layout.scratch"] = layout.scratch
        if layout.checkpoints is not None:
            self._check_checkpoints(layout.checkpoints)
            named["layout.checkpoints"] = layout.checkpoints
        if layout.in_place is not None:
            named |= self._check_in_place(layout.in_place)
        return named

    def _check_in_place(self, areas: InPlaceAreas) -> dict[str, Region]:
        """Return the regions by name; those without bytes are left out."""
        sector_bytes, page_bytes = self.flash.sector_bytes, areas.page_bytes
        if page_bytes < sector_bytes or page_bytes & (page_bytes - 1):
            raise ProfileError(
                f"layout.page_bytes: {page_bytes} is not a power of two of at least one sector "
                f"({sector_bytes} bytes)"
            )
        for name, region in (("slot", self.layout.slot_a), ("stash", areas.stash)):
            if region.size_bytes % page_bytes:
                raise ProfileError(f"layout.{name}: not whole pages of {page_bytes} bytes")
        if areas.journal.size_bytes % (2 * sector_bytes):
            raise ProfileError("layout.journal: not two banks of whole sectors")
        named = {"layout.journal": areas.journal, "layout.stash": areas.stash}
        return {name: region for name, region in named.items() if region.size_bytes > 0}

    def _check_checkpoints(self, region: Region) -> None:
        if self.layout.kind is not LayoutKind.AB:
            raise ProfileError(
                "layout.checkpoints: only a device with two slots decodes while it downloads"
            )
        if region.size_bytes % (2 * self.flash.sector_bytes):
            raise ProfileError("layout.checkpoints: not two places of whole sectors")

    def _check_state(self) -> None:
        if self.layout.state.size_bytes < 2 * self.state_bank_bytes:
            raise ProfileError(
                f"layout.state: needs at least {2 * self.state_bank_bytes} bytes, "
                "two banks of which one always holds a valid record"
            )
        if self.layout.state.size_bytes % self.state_bank_bytes:
            raise ProfileError(
                f"layout.state: not a multiple of its banks of {self.state_bank_bytes} bytes"
            )

    def _check_region(self, field_name: str, region: Region) -> None:
        sector_bytes = self.flash.sector_bytes
        if (
            region.offset < 0
            or region.size_bytes <= 0
            or region.size_bytes % sector_bytes
            or region.offset % sector_bytes
        ):
            raise ProfileError(f"{field_name}: must cover whole sectors of {sector_bytes} bytes")
        if region.end > self.flash.size_bytes:
            raise ProfileError(
                f"{field_name}: ends behind the flash (flash.size_bytes = {self.flash.size_bytes})"
            )
