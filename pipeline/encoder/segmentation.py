"""Where each part of the new image comes from: alignment on normalised images.

Code that did not change still differs where it refers to code that moved. So the images are first
compared with far references blanked; the segments found say where everything moved, and the images
are compared again with references replaced by what they refer to.
"""

from dataclasses import replace
from typing import Final

from pipeline.encoder.header import ArchitectureNumber, PatchHeader
from pipeline.encoder.native import (
    MAX_SEGMENTS,
    NO_SEGMENTS,
    Alignment,
    Costs,
    Segments,
    normalise,
)

USUAL_COSTS: Final = Costs()
"""What alignment weighs unless there is a reason; right on average over many pairs."""
_PRUNING_ROUNDS: Final = 10
_PRUNING_FACTOR: Final = 1.6
"""By which each round makes segments dearer; after the last none are left."""


def align_images(base: bytes, new: bytes, header: PatchHeader) -> Alignment:
    """Make the images comparable and align them; what comes out gives segments for any costs.

    Raises:
        MemoryError: the images are too large for the memory.
    """
    if header.architecture is ArchitectureNumber.NONE and header.layout is None:
        return Alignment(base, new)
    encoded = header.to_bytes()
    blank = Alignment(
        normalise(base, encoded, is_base=True, is_blank=True),
        normalise(new, encoded, is_base=False, is_blank=True),
    )
    return Alignment(
        normalise(base, encoded, is_base=True, is_blank=False, segments=choose_segments(blank)),
        normalise(new, encoded, is_base=False, is_blank=False),
    )


def choose_segments(
    alignment: Alignment, costs: Costs = USUAL_COSTS, most: int = MAX_SEGMENTS
) -> Segments:
    """Return at most `most` segments: if there are more, make them as dear as it takes."""
    for _ in range(_PRUNING_ROUNDS):
        segments = alignment.segments(costs)
        if segments is not None and segments.count <= most:
            return segments
        costs = dearer(costs, _PRUNING_FACTOR)
    return NO_SEGMENTS


def dearer(costs: Costs, factor: float) -> Costs:
    """Return costs at which fewer and longer segments are chosen."""
    return replace(
        costs,
        recent_segment=round(costs.recent_segment * factor),
        new_segment=round(costs.new_segment * factor),
    )


def find_segments(base: bytes, new: bytes, header: PatchHeader) -> Segments:
    """Return the segments of `new` at the usual costs."""
    return choose_segments(align_images(base, new, header))
