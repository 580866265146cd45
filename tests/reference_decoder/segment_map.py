"""The segment map: coding (section 5) and where a base offset went (section 7)."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from tests.reference_decoder.arithmetic import ArithmeticDecoder
from tests.reference_decoder.integers import COUNTERS, read_integer
from tests.reference_decoder.mixing import Counters
from tests.reference_decoder.starting_values import map_counters
from tests.reference_decoder.words import MASK32, MalformedPatchError, sign_extend, unfold

_COUNT, _GAP, _LENGTH, _RECENT, _SHIFT = (COUNTERS * kind for kind in range(5))
_MOST_SEGMENTS: Final = 65535
_RECENT_SHIFTS: Final = 16
_LOOKED_AT: Final = 5
"""Segments around an offset that are looked at: they may overlap in the base."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A range of the new image that is aligned with a range of the base image."""

    new_start: int
    base_start: int
    length: int

    @property
    def new_end(self) -> int:
        """The offset behind the segment in the new image."""
        return self.new_start + self.length

    def place_of(self, base_offset: int) -> int:
        """Return where the offset is in the new image, by this segment's shift."""
        return (self.new_start + base_offset - self.base_start) & MASK32

    def has_base(self, base_offset: int) -> bool:
        """Whether the segment contains the base offset."""
        return self.base_start <= base_offset < self.base_start + self.length

    def distance_to(self, base_offset: int) -> int:
        """Return how far a base offset outside is from the segment's start or end."""
        if base_offset < self.base_start:
            return self.base_start - base_offset
        return base_offset - self.base_start - self.length


class SegmentMap:
    """All segments, in the order of the new image and of the base image."""

    def __init__(self, segments: list[Segment]) -> None:
        self.segments = segments
        self._by_base = sorted(segments, key=lambda segment: segment.base_start)
        self._base_starts = [segment.base_start for segment in self._by_base]

    def find(self, base_offset: int, hint: int) -> tuple[int, bool]:
        """Return the new place of a base offset, and whether a segment contains it.

        There is at least the segment in which the question arises.
        """
        rank = bisect_right(self._base_starts, base_offset)
        last = min(rank + 1, len(self._by_base))
        looked_at = self._by_base[max(last - _LOOKED_AT, 0) : last][::-1]
        inside = [segment for segment in looked_at if segment.has_base(base_offset)]
        if inside:
            places = [segment.place_of(base_offset) for segment in inside]
            return min(places, key=lambda place: abs(sign_extend(place - hint, 32))), True
        nearest = min(looked_at, key=lambda segment: segment.distance_to(base_offset))
        return nearest.place_of(base_offset), False


def read_segment_map(decoder: ArithmeticDecoder, base_bytes: int, new_bytes: int) -> SegmentMap:
    """Decode the map, which stands before the image."""
    counters = map_counters()
    count = read_integer(decoder, counters, _COUNT)
    decoder.end_unit()
    if count > min(_MOST_SEGMENTS, new_bytes):
        raise MalformedPatchError("there are too many segments")
    recent = [0]
    segments: list[Segment] = []
    new_end = 0
    for _ in range(count):
        new_start = new_end + read_integer(decoder, counters, _GAP)
        length = read_integer(decoder, counters, _LENGTH) + 1
        shift = _read_shift(decoder, counters, recent)
        decoder.end_unit()
        segment = Segment(new_start, (new_start + shift) & MASK32, length)
        new_end = segment.new_end
        if new_end > new_bytes or segment.base_start + length > base_bytes:
            raise MalformedPatchError("a segment reaches outside an image")
        segments.append(segment)
    return SegmentMap(segments)


def _read_shift(decoder: ArithmeticDecoder, counters: Counters, recent: list[int]) -> int:
    number = read_integer(decoder, counters, _RECENT)
    if number > 0:
        shift = recent.pop(number - 1 if number <= len(recent) else 0)
    else:
        shift = recent[0] + unfold(read_integer(decoder, counters, _SHIFT))
        shift = sign_extend(shift, 32)
        del recent[_RECENT_SHIFTS - 1 :]
    recent.insert(0, shift)
    return shift
