"""What decoding a patch takes: of a 32-bit device, and of the library on this machine.

The sizes are those of the C sources; a test compiles them for a Cortex-M and compares.
"""

from dataclasses import dataclass
from typing import Final, Self

from device_apply.core._decoder import ffi, lib
from device_apply.core.decoder import PatchNeeds, Status

STATE_BYTES: Final = 1044
"""sizeof (struct ad_state) with 32-bit pointers."""
STACK_BYTES: Final = 896
"""Peak of airdelta_step() with its caller and small callbacks: at most 736 measured, for the
standard tier on a Cortex-M0+, without them."""
SEGMENT_BYTES: Final = 14
"""One segment in memory: three numbers and its place in the index."""

DEVICE_BYTES: Final = 960
"""What the device library keeps beside its decoder: `struct airdelta_device` and a SHA-256."""
DEVICE_STACK_BYTES: Final = 1216
"""Peak of any call of the device library, the decoder included, with small ports; a signature
check of the port's own comes on top while no patch is decoded."""
DEVICE_RAM_BYTES: Final = DEVICE_BYTES + DEVICE_STACK_BYTES - STACK_BYTES
"""What the device library takes beside a decoder, whose own stack is announced with it."""

PEEK_BYTES: Final = 192
"""Bytes of a patch that hold the header and, behind it, the number of segments."""
TIER_RAM_BYTES: Final = (0, 8 << 10, 32 << 10, 4 << 20)
"""By tier, what state, tables, map and stack may take together; 0 is the modes without a model."""

_STORED_PATCH: Final = b"\x30"
_TIER_LARGE: Final = 3
_UNITS_TO_THE_COUNT: Final = 1
"""The header and the number of segments are one; it touches no image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderNeeds:
    """Memory for one patch; the segment map goes to scratch if its tier has no room for it."""

    segments: int
    device_ram_bytes: int
    """State, tables, peak stack and, unless in scratch, the segment map on a 32-bit device."""
    scratch_bytes: int
    """Scratch flash for a segment map that the tier's memory has no room for."""
    host_memory_bytes: int
    """The block that the library needs on this machine."""
    reads_new_image: bool
    """Whether the decoder reads back what it wrote."""
    reads_base: bool

    @classmethod
    def of(cls, start: bytes, *, base_size: int, new_size: int, patch_size: int) -> Self:
        """Read the needs from the first `PEEK_BYTES` of a patch.

        Raises:
            device_apply.errors.FormatError: the header is malformed.
        """
        needs = PatchNeeds.of(start)
        state_bytes = PatchNeeds.of(_STORED_PATCH).memory_bytes
        segments = _segment_count(start, needs, (base_size, new_size, patch_size))
        fixed_bytes = STATE_BYTES + STACK_BYTES + needs.memory_bytes - state_bytes
        map_bytes = segments * SEGMENT_BYTES
        in_scratch = segments > 0 and fixed_bytes + map_bytes > TIER_RAM_BYTES[needs.tier]
        in_memory = 0 if in_scratch else segments
        return cls(
            segments=segments,
            device_ram_bytes=fixed_bytes + in_memory * SEGMENT_BYTES,
            scratch_bytes=lib.airdelta_scratch_bytes(segments) if in_scratch else 0,
            host_memory_bytes=needs.memory_bytes + needs.segment_bytes * in_memory + 8,
            reads_new_image=needs.tier == _TIER_LARGE,
            reads_base=start[:1] != _STORED_PATCH,
        )


def _segment_count(start: bytes, needs: PatchNeeds, sizes: tuple[int, int, int]) -> int:
    """Let a decoder without room for a map read how many segments there are."""
    if needs.tier == 0:
        return 0
    memory = ffi.new("uint64_t[]", -(-needs.memory_bytes // 8))
    ports = ffi.new("struct airdelta_ports *")
    ports.read_base, ports.write_new = lib.airdelta_read_base, lib.airdelta_write_new
    ports.read_new = lib.airdelta_read_new
    status = lib.airdelta_begin(
        memory, needs.memory_bytes, ports, ffi.new("struct airdelta_sizes *", sizes)
    )
    taken, position = ffi.new("size_t *"), 0
    units = 0
    while status >= Status.DONE and units < _UNITS_TO_THE_COUNT:
        status = lib.airdelta_feed(memory, start[position:], len(start) - position, taken)
        if status >= Status.DONE:
            position += taken[0]
            status = lib.airdelta_step(memory, 1)
        if status == Status.NEED_INPUT and taken[0] == 0:
            break
        units += status != Status.NEED_INPUT
    if status < Status.DONE and status != Status.NO_MEMORY:
        return 0  # what was read is no count; the decoder refuses it again, with its words
    return int(lib.airdelta_segment_count(memory))
