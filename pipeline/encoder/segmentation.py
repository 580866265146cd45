"""Where each part of the new image comes from: alignment on normalised images.

Code that did not change still differs where it refers to code that moved. So the images are first
compared with far references blanked; the segments found say where everything moved, and the images
are compared again with references replaced by what they refer to.
"""

from pipeline.encoder.header import PatchHeader
from pipeline.encoder.native import Costs, Segments, align, normalise


def find_segments(
    base: bytes, new: bytes, header: PatchHeader, *, costs: Costs | None = None, rounds: int = 1
) -> Segments:
    """Align `new` to `base`, refining the first alignment `rounds` times."""
    weights = costs or Costs()
    encoded = header.to_bytes()
    segments = align(
        normalise(base, encoded, is_base=True, is_blank=True),
        normalise(new, encoded, is_base=False, is_blank=True),
        weights,
    )
    comparable_new = normalise(new, encoded, is_base=False, is_blank=False)
    for _ in range(rounds):
        moved = normalise(base, encoded, is_base=True, is_blank=False, segments=segments)
        segments = align(moved, comparable_new, weights)
    return segments
