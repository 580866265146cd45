"""Patches without a model: the new image as it is, or runs copied from the same place of the base.

For images that cannot be compressed, and for changes so small that a model is not worth its header.
Bytes: docs/PATCH_FORMAT.md, section 3.
"""

from collections.abc import Iterator
from typing import Final

from pipeline.encoder.header import Mode, PatchHeader, number

_STEP: Final = 4096
"""Bytes that are compared at once while images agree."""
_SHORTEST_COPY: Final = 3
"""A shorter run of equal bytes costs more as a copy than as part of a replacement."""


def stored_patch(new: bytes) -> bytes:
    """Return the patch that spells out the new image."""
    return PatchHeader(mode=Mode.STORED).to_bytes() + new


def run_length_patch(base: bytes, new: bytes) -> bytes:
    """Return the patch of alternating copied and replaced runs."""
    patch = bytearray(PatchHeader(mode=Mode.RUN_LENGTH).to_bytes())
    position = 0
    while position < len(new):
        copied = _equal_run(base, new, position)
        patch += number(copied)
        position += copied
        if position == len(new):
            break
        end = _replaced_end(base, new, position)
        patch += number(end - position) + new[position:end]
        position = end
    return bytes(patch)


def _equal_run(base: bytes, new: bytes, start: int) -> int:
    """Count bytes from `start` that are equal in both images."""
    limit = min(len(base), len(new))
    position = start
    while (
        position < limit and base[position : position + _STEP] == new[position : position + _STEP]
    ):
        position = min(position + _STEP, limit)
    while position < limit and base[position] == new[position]:
        position += 1
    return max(position - start, 0)


def _replaced_end(base: bytes, new: bytes, start: int) -> int:
    """Return where the replaced run from `start` ends: before the next copy that pays."""
    for position in _equal_positions(base, new, start):
        equal = _equal_run(base, new, position)
        if equal >= _SHORTEST_COPY or position + equal == len(new):
            return position
    return len(new)


def _equal_positions(base: bytes, new: bytes, start: int) -> Iterator[int]:
    return (
        position
        for position in range(start, min(len(base), len(new)))
        if base[position] == new[position]
    )
