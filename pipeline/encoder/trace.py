"""What each part of a patch costs, in bits, as the coder that wrote it saw it.

The bits of header, segment map, bytes of the new image and closing add up to the patch's size.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, IntFlag, unique
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.encoder.native import Segments

Bits: TypeAlias = NDArray[np.float64]
_SEVEN_BITS: Final = 0x7F
KIND_MASK: Final = 0x0F


@unique
class FieldKind(IntEnum):
    """What the bytes at a place are, as relocation sees them; numbers of the patch format."""

    NONE = 0
    CALL = 1
    JUMP = 2
    BRANCH = 3
    NEAR_BRANCH = 4
    NEAR_JUMP = 5
    COMPARE_BRANCH = 6
    LITERAL = 7
    WIDE_LITERAL = 8
    ADDRESS = 9
    HIGH = 10
    LOW = 11
    POINTER = 12
    RAM_POINTER = 13


class Traced(IntFlag):
    """What became of a byte of the new image; its low bits are its `FieldKind`."""

    MISSED = 16
    """In a segment, not as predicted."""
    INSERTED = 32
    """In no segment."""
    CLEAN = 64
    """In a block that is wholly as predicted."""
    BLOCK_START = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchTrace:
    """The costs of one patch."""

    patch_bytes: int
    header_bytes: int
    byte_bits: Bits
    """By byte of the new image."""
    byte_kinds: NDArray[np.uint8]
    """By byte of the new image: `Traced` flags and a `FieldKind`."""
    segments: tuple[tuple[int, int, int], ...]
    """New start, base start, length of each."""
    segment_bits: Bits
    """What the map spends on each segment."""
    count_bits: float
    """What it spends on their number."""

    @property
    def closing_bits(self) -> float:
        """What is left: the last byte, which no decision fills exactly; may be below 0."""
        known = float(self.byte_bits.sum() + self.segment_bits.sum()) + self.count_bits
        return 8 * (self.patch_bytes - self.header_bytes) - known

    def segment_at(self, offset: int) -> tuple[int, int, int] | None:
        """Return the segment that a byte of the new image is in, if any."""
        index = bisect_right(self.segments, offset, key=lambda segment: segment[0]) - 1
        if index < 0:
            return None
        segment = self.segments[index]
        return segment if offset < segment[0] + segment[2] else None


def model_trace(
    sizes: tuple[int, int],
    raw: tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.float32], float],
    segments: Segments,
) -> PatchTrace:
    """Return the trace of a patch with a model; `sizes` are those of patch and header.

    In a block with a miss, what it costs to say where the misses are belongs to them.
    """
    byte_bits, kinds, segment_bits, count_bits = raw
    return PatchTrace(
        patch_bytes=sizes[0],
        header_bytes=sizes[1],
        byte_bits=_given_to_misses(byte_bits.astype(np.float64), kinds),
        byte_kinds=kinds,
        segments=tuple(segments.as_tuples()),
        segment_bits=segment_bits.astype(np.float64),
        count_bits=count_bits,
    )


def _given_to_misses(bits: Bits, kinds: NDArray[np.uint8]) -> Bits:
    """Move the bits of hits to the misses of their block, to each its share."""
    starts = np.flatnonzero(kinds & Traced.BLOCK_START)
    block = np.cumsum((kinds & Traced.BLOCK_START) != 0)
    in_block = (kinds & (Traced.INSERTED | Traced.CLEAN)) == 0
    missed = in_block & ((kinds & Traced.MISSED) != 0)
    misses = np.bincount(block[missed], minlength=len(starts) + 1)
    is_moved = in_block & ~missed & (misses[block] > 0)
    moved = np.bincount(block[is_moved], weights=bits[is_moved], minlength=len(starts) + 1)
    share = np.divide(moved, misses, out=np.zeros(len(misses)), where=misses > 0)
    result = bits.copy()
    result[is_moved] = 0
    result[missed] += share[block[missed]]
    return result


def plain_trace(patch: bytes, base_bytes: int, new_bytes: int, *, is_stored: bool) -> PatchTrace:
    """Return the trace of a patch without a model: stored, or runs copied and replaced."""
    bits = np.zeros(new_bytes)
    kinds = np.full(new_bytes, Traced.INSERTED, dtype=np.uint8)
    overlap = min(base_bytes, new_bytes)
    if is_stored:
        bits[:] = 8
    else:
        kinds[:overlap] = Traced.CLEAN
        for start, length, cost_bits in _replaced_runs(patch):
            bits[start : start + length] = cost_bits / length
            end = min(start + length, overlap)
            kinds[start : max(end, start)] = Traced.MISSED
    return PatchTrace(
        patch_bytes=len(patch),
        header_bytes=1,
        byte_bits=bits,
        byte_kinds=kinds,
        segments=() if is_stored else ((0, 0, overlap),),
        segment_bits=np.zeros(0 if is_stored else 1),
        count_bits=0.0,
    )


def _replaced_runs(patch: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield start, length and bits of each replaced run.

    The numbers before it are part of its cost; of the last one also the number behind it.
    """
    at, position = 1, 0
    while at < len(patch):
        first = at
        copied, at = _number(patch, at)
        position += copied
        if at == len(patch):
            return
        replaced, at = _number(patch, at)
        at += replaced
        _, following = _number(patch, at) if at < len(patch) else (0, at)
        cost_bytes = (following if following == len(patch) else at) - first
        yield position, replaced, 8 * cost_bytes
        position += replaced


def _number(patch: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while patch[at] > _SEVEN_BITS:
        value |= (patch[at] & _SEVEN_BITS) << shift
        shift += 7
        at += 1
    return value | patch[at] << shift, at + 1
