"""Words that point into the new image, and cost something because they were not as predicted.

The encoder sees pointers only where it knows the load address. Here the image's own file says it,
so that a patch of plain bytes is explained in the same words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from pipeline.encoder.trace import KIND_MASK, FieldKind, PatchTrace, Traced
from pipeline.images.firmware_image import FirmwareImage

_WORD_BYTES: Final = 4
_LEAST_ADDRESS: Final = 0x1_0000
"""Below it, small numbers look like addresses."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """An aligned word of the new image that holds an address in the new image."""

    offset: int
    target: int
    """Offset of what it points to."""
    bits: float
    """What it costs."""


def find_pointers(
    base: FirmwareImage, new: FirmwareImage, trace: PatchTrace
) -> tuple[Pointer, ...]:
    """Return the words that are pointers in both images and were predicted wrongly."""
    return tuple(_pointers(base, new, trace))


def _pointers(base: FirmwareImage, new: FirmwareImage, trace: PatchTrace) -> Iterator[Pointer]:
    if base.load_address is None or new.load_address is None:
        return
    fields = trace.byte_kinds & KIND_MASK
    is_word = np.isin(fields, (FieldKind.NONE, FieldKind.POINTER))
    missed = np.flatnonzero(((trace.byte_kinds & Traced.MISSED) != 0) & is_word)
    for offset in np.unique(missed - missed % _WORD_BYTES).tolist():
        segment = trace.segment_at(offset)
        if segment is None:
            continue
        before = _target(base, segment[1] + offset - segment[0])
        after = _target(new, offset)
        if before is not None and after is not None:
            bits = float(trace.byte_bits[offset : offset + _WORD_BYTES].sum())
            yield Pointer(offset=offset, target=after, bits=bits)


def _target(image: FirmwareImage, offset: int) -> int | None:
    word = image.data[offset : offset + _WORD_BYTES]
    address = int.from_bytes(word, "little")
    start = image.load_address or 0
    if len(word) < _WORD_BYTES or address < _LEAST_ADDRESS:
        return None
    return address - start if start <= address < start + image.size else None
