"""What the caller wants of an encoding, and what comes out."""

from dataclasses import dataclass, field
from enum import StrEnum, unique

from pipeline.encoder.header import ArchitectureNumber, Mode, PatchHeader


@unique
class Tier(StrEnum):
    """How much memory the decoder may take."""

    TINY = "tiny"
    """At most 8 KiB with stack; the segment map in scratch flash, if it does not fit."""
    STANDARD = "standard"
    """At most 32 KiB."""
    LARGE = "large"
    """At most 4 MiB: Linux-class devices and gateways."""

    @property
    def mode(self) -> Mode:
        """The tier's number in the format."""
        return Mode[self.name]

    @property
    def ram_limit_bytes(self) -> int:
        """What the decoder's state, buffers and peak stack may take together."""
        return {Tier.TINY: 8 << 10, Tier.STANDARD: 32 << 10, Tier.LARGE: 4 << 20}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderOptions:
    """What is known of the device and the images; what is None is found out."""

    tier: Tier = Tier.STANDARD
    architecture: ArchitectureNumber | None = None
    load_addresses: tuple[int, int] | None = None
    """Where base and new image stand in memory."""
    moves: tuple[tuple[int, int], ...] = ()
    """Offsets in base and new image where the same part begins, as symbols tell; proposals only."""
    scratch_flash_bytes: int | None = None
    """Flash for the segment map; None: as much as it takes, 0: the map has to fit in RAM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPatch:
    """A patch and what the device needs to decode it."""

    patch: bytes = field(repr=False)
    header: PatchHeader
    """Every parameter of the encoding."""
    segment_count: int
    ram_bytes: int
    """State, buffers and peak stack of the decoder on a 32-bit device."""
    scratch_bytes: int
    """Flash that the segment map takes; 0: it fits in RAM."""
    instructions: int
    """Estimate for a Cortex-M4 at -Os, callbacks excluded."""
    basis: str
    """How architecture and addresses were found."""
