"""What decoding takes on a 32-bit device: memory and work."""

from dataclasses import dataclass
from typing import Final

from device_apply.core.needs import SEGMENT_BYTES, STACK_BYTES, STATE_BYTES
from pipeline.encoder import native
from pipeline.encoder.header import Mode, PatchHeader
from pipeline.encoder.native import Work

_RECORD_BYTES: Final = 12
_ENTRY_BYTES: Final = 2
_UNIT_BYTES: Final = 64

# Cortex-M4 instructions at -Os, fitted to counts of the compiled decoder in the tiny tier on
# twelve pairs of images: at most a quarter off on any. A coded bit is paid for by its inputs.
_PER_INPUT: Final = 120
_PER_BYTE: Final = 79


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceNeeds:
    """Memory of the decoder, and where the segment map goes."""

    ram_bytes: int
    scratch_bytes: int


def device_needs(header: PatchHeader, segment_count: int, ram_limit_bytes: int) -> DeviceNeeds:
    """Say what a patch takes: the map goes to scratch flash if the limit leaves no room for it."""
    if header.mode in (Mode.STORED, Mode.RUN_LENGTH):
        return DeviceNeeds(ram_bytes=STATE_BYTES + STACK_BYTES, scratch_bytes=0)
    fixed = STATE_BYTES + STACK_BYTES + native.table_bytes(header.mode)
    in_memory = fixed + segment_count * SEGMENT_BYTES
    if in_memory <= ram_limit_bytes:
        return DeviceNeeds(ram_bytes=in_memory, scratch_bytes=0)
    return DeviceNeeds(ram_bytes=fixed, scratch_bytes=_scratch_bytes(segment_count))


def segments_in_memory(header: PatchHeader, ram_limit_bytes: int) -> int:
    """Return how many segments fit in RAM beside the decoder's tables."""
    fixed = STATE_BYTES + STACK_BYTES + native.table_bytes(header.mode)
    return max(0, (ram_limit_bytes - fixed) // SEGMENT_BYTES)


def instructions(work: Work) -> int:
    """Estimate the instructions of a Cortex-M4 for the counted work."""
    return work.mixed_inputs * _PER_INPUT + work.bytes * _PER_BYTE


def _scratch_bytes(segment_count: int) -> int:
    """Return what records and index take, each in whole units."""
    return _in_units(segment_count * _RECORD_BYTES) + _in_units(segment_count * _ENTRY_BYTES)


def _in_units(size: int) -> int:
    return -(-size // _UNIT_BYTES) * _UNIT_BYTES
