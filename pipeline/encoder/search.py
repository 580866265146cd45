"""The search for the smallest patch of one view of the images: alignments in turn.

Each try changes one thing of the best so far and is kept if the patch gets smaller. Tries are
ordered by what they gain on average, and end when the work allowed per byte is spent: small patches
are quick to encode and get all of them, a patch as large as the image gets one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from pipeline.encoder import native
from pipeline.encoder.header import Mode, PatchHeader, RamRange
from pipeline.encoder.native import Alignment, Costs, Segments, Work
from pipeline.encoder.segmentation import USUAL_COSTS, align_images, choose_segments, dearer

_ALLOWED_PER_BYTE: Final = 36
"""Units of work for each byte of the new image; a unit is an input of a mix."""
_WALK_PER_BYTE: Final = 2
"""Units that encoding takes for a byte before it is mixed at all."""
_PATH_PER_BYTE: Final = 5
"""Units that choosing segments takes."""
_LEARNABLE_BYTES: Final = 300_000
"""A larger base image is not learned: that alone would take longer than everything else."""
_LEARNED_BASE_SHARE: Final = 0.985
"""Learning the base image takes the decoder longer than the patch itself: it has to pay."""

_OTHER_COSTS: Final = (
    dearer(USUAL_COSTS, 2),
    replace(USUAL_COSTS, inserted=88),
    replace(USUAL_COSTS, inserted=120),
)
"""Dear segments, for images whose tables would fall to pieces; new bytes cheap; new bytes dear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One encoding with a model."""

    patch: bytes
    header: PatchHeader
    segments: Segments
    work: Work


@dataclass(slots=True, kw_only=True)
class Search:
    """A search and what it has spent so far."""

    base: bytes
    new: bytes
    segment_limit: int
    """Segments that the device can hold."""
    moves: Sequence[tuple[int, int]] = ()
    """Base and new offsets of what is known to have moved."""
    other_ram: RamRange | None = None
    """Another range of variables that may be better."""
    spent: int = 0

    def run(self, header: PatchHeader) -> Attempt:
        """Return the smallest encoding found.

        Raises:
            native.UnencodableError: the model cannot express the new image.
            MemoryError: the images are too large for the memory.
        """
        best = self._with_other_ram(self._aligned(header))
        if header.mode is Mode.LARGE and len(self.base) <= _LEARNABLE_BYTES:
            learned = self._smaller(best, replace(best.header, learns_base=True), best.segments)
            if len(learned.patch) < len(best.patch) * _LEARNED_BASE_SHARE:
                return learned
        return self._with_smaller_tables(best)

    def _with_smaller_tables(self, best: Attempt) -> Attempt:
        """Try the tables of smaller tiers: they see fewer patterns where there are none."""
        for mode in (Mode.STANDARD, Mode.TINY):
            if mode < best.header.mode:
                before = best
                best = self._smaller(best, replace(best.header, mode=mode), best.segments)
                if best is before:
                    break
        return best

    def _aligned(self, header: PatchHeader) -> Attempt:
        """Try ways to choose segments."""
        alignment = align_images(self.base, self.new, header)
        best = self._encode(header, self._segments(alignment, USUAL_COSTS))
        if self.moves:
            spent = self.spent
            told = alignment.with_proposals(self.moves)
            helped = self._smaller(best, header, self._segments(told, USUAL_COSTS))
            if helped is not best:
                alignment, best = told, helped
            self.spent = spent  # useless moves must not cost other tries
        for costs in _OTHER_COSTS:
            if self._allows(best, _PATH_PER_BYTE):
                best = self._smaller(best, header, self._segments(alignment, costs))
        return best

    def _with_other_ram(self, best: Attempt) -> Attempt:
        """Try another range of variables."""
        layout = best.header.layout
        if self.other_ram is not None and layout is not None and self._allows(best, 0):
            other = replace(layout, ram=self.other_ram)
            best = self._smaller(best, replace(best.header, layout=other), best.segments)
        return best

    def _smaller(self, best: Attempt, header: PatchHeader, segments: Segments) -> Attempt:
        """Encode another way and return the better of both."""
        try:
            other = self._encode(header, segments)
        except native.UnencodableError:
            return best
        return other if len(other.patch) < len(best.patch) else best

    def _allows(self, best: Attempt, more_per_byte: int) -> bool:
        """Say whether one more encoding of about the same work is within the limit."""
        next_one = _units(best.work) + more_per_byte * len(self.new)
        return self.spent + next_one <= _ALLOWED_PER_BYTE * len(self.new)

    def _encode(self, header: PatchHeader, segments: Segments) -> Attempt:
        patch, work = native.encode(self.base, self.new, header.to_bytes(), segments)
        self.spent += _units(work)
        return Attempt(patch=patch, header=header, segments=segments, work=work)

    def _segments(self, alignment: Alignment, costs: Costs) -> Segments:
        self.spent += _PATH_PER_BYTE * len(self.new)
        return choose_segments(alignment, costs, self.segment_limit)


def _units(work: Work) -> int:
    return work.mixed_inputs + _WALK_PER_BYTE * work.bytes
