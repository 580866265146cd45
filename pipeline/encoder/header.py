"""The header of a patch: everything decoder and encoder agree on before the first coded bit.

Bytes: docs/PATCH_FORMAT.md, section 2. The decoder's side is device_apply/core/src/parameters.c.
"""

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final

FORMAT_VERSION: Final = 3
MAX_LAYOUT_BYTES: Final = 96
"""A header, four coded bytes and the number of segments have to stay below 128 bytes."""
_RAM_EXPLICIT: Final = 15
_SEVEN_BITS: Final = 0x7F


@unique
class Mode(IntEnum):
    """How the rest of a patch is encoded."""

    STORED = 0
    RUN_LENGTH = 1
    TINY = 2
    STANDARD = 3
    LARGE = 4


@unique
class ArchitectureNumber(IntEnum):
    """The architectures whose code can be relocated, by their number in the format."""

    NONE = 0
    THUMB = 1
    ARM = 2
    AARCH64 = 3
    RISCV32 = 4
    RISCV64 = 5
    XTENSA = 6
    AVR = 7


@dataclass(frozen=True, slots=True)
class AddressRange:
    """Part of an image and the address it runs at."""

    offset: int
    address: int
    length: int

    def to_bytes(self) -> bytes:
        """Encode for the header."""
        return number(self.offset) + number(self.address) + number(self.length)

    def to_bytes_beside(self, other: "AddressRange") -> bytes:
        """Encode as differences to the same part of the other image."""
        return (
            number(fold(self.offset - other.offset))
            + number(fold(_signed32(self.address - other.address)))
            + number(fold(self.length - other.length))
        )


@dataclass(frozen=True, slots=True)
class RamRange:
    """Addresses of variables."""

    start: int
    length: int

    def overlaps(self, other: "RamRange") -> bool:
        """Say whether the ranges have addresses in common."""
        return self.start < other.start + other.length and other.start < self.start + self.length


RAM_PRESETS: Final = (
    RamRange(0, 0),
    RamRange(0x2000_0000, 0x8_0000),  # Cortex-M: the SRAM region of the architecture
    RamRange(0x3FFB_0000, 0x5_0000),  # ESP32, ESP8266: internal SRAM
    RamRange(0x3FC8_0000, 0x6_0000),  # ESP32-C3, -S3: internal SRAM
    RamRange(0x80_0000, 0x1000),  # AVR: data space
)
"""Ranges with a number of their own in the format; number 0 is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where base and new image stand in memory."""

    base: tuple[AddressRange, ...]
    new: tuple[AddressRange, ...]
    """As many as in `base`, pairwise the same part of the firmware."""
    ram: RamRange = RAM_PRESETS[0]
    words_are_pointers: bool = True

    def to_bytes(self) -> bytes:
        """Encode for the header."""
        preset = RAM_PRESETS.index(self.ram) if self.ram in RAM_PRESETS else _RAM_EXPLICIT
        explicit = (
            number(self.ram.start) + number(self.ram.length) if preset == _RAM_EXPLICIT else b""
        )
        if self._is_whole_image:
            return bytes([preset]) + explicit + self._load_addresses()
        sections = b"".join(
            base.to_bytes() + new.to_bytes_beside(base)
            for base, new in zip(self.base, self.new, strict=True)
        )
        return bytes([len(self.base) << 4 | preset]) + explicit + sections

    @property
    def _is_whole_image(self) -> bool:
        return (
            len(self.base) == 1
            and self.base[0].offset == self.new[0].offset == 0
            and (self.base[0].address | self.new[0].address) & 0xFF == 0
        )

    def _load_addresses(self) -> bytes:
        base, new = self.base[0].address >> 8, self.new[0].address >> 8
        return number(base << 1) if base == new else number(base << 1 | 1) + number(new)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchHeader:
    """The parameters of one patch in a codec mode."""

    mode: Mode
    architecture: ArchitectureNumber = ArchitectureNumber.NONE
    learns_base: bool = False
    """Large tier: whether the literal model is taught the base image first."""
    layout: Layout | None = None

    def to_bytes(self) -> bytes:
        """Encode; the coded bits follow."""
        first = FORMAT_VERSION << 4 | self.mode
        if self.mode in (Mode.STORED, Mode.RUN_LENGTH):
            return bytes([first])
        kinds = self.architecture | self.learns_base << 4
        if self.layout is None:
            return bytes([first, kinds])
        return (
            bytes([first, kinds | 0x40 | self.layout.words_are_pointers << 7])
            + self.layout.to_bytes()
        )


def number(value: int) -> bytes:
    """Encode a number in seven bits a byte, low ones first."""
    encoded = bytearray()
    while value > _SEVEN_BITS:
        encoded.append(value & _SEVEN_BITS | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _signed32(value: int) -> int:
    """Return the signed number that stands for `value` modulo 2^32, as addresses are."""
    return (value + 2**31) % 2**32 - 2**31


def fold(value: int) -> int:
    """Map 0, -1, 1, -2, 2, ... to 0, 1, 2, 3, 4, ..."""
    return value * 2 if value >= 0 else -value * 2 - 1
