"""What the symbols of two images say of where functions and objects went.

A function is the same in both images if its name is; static functions that share a name are told
apart by their order, if there are equally many. Between two functions that are the same, those
without a namesake are paired in their order, if there are equally many, of equal sizes: renamed, or
compiled under another mangled name.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.images.firmware_image import FirmwareImage


@dataclass(frozen=True, slots=True, order=True)
class _Placed:
    """A symbol and where in the image its bytes are."""

    offset: int
    size: int
    name: str


def moved_symbols(base: FirmwareImage, new: FirmwareImage) -> tuple[tuple[int, int], ...]:
    """Return offsets in base and new image where the same symbol begins, in order of the latter.

    Empty if one of the images has no symbols.
    """
    before, after = _placed(base), _placed(new)
    same = dict(_namesakes(before, after))
    same |= dict(_between(before, after, same))
    return tuple(sorted(((start, to) for to, start in same.items()), key=lambda move: move[1]))


def _placed(image: FirmwareImage) -> list[_Placed]:
    """Return the symbols whose bytes are in the image, in order of their offset."""
    start = image.load_address or 0
    placed = (
        _Placed(
            symbol.address - section.address + section.load_address - start,
            symbol.size,
            symbol.name,
        )
        for symbol in image.symbols
        for section in image.sections
        if symbol.size > 0 and symbol.address - section.address in range(section.size)
    )
    return sorted(symbol for symbol in placed if symbol.offset in range(image.size))


def _namesakes(before: Sequence[_Placed], after: Sequence[_Placed]) -> Iterator[tuple[int, int]]:
    """Yield new and base offset of symbols whose name is as frequent in both images."""
    base_places, new_places = _by_name(before), _by_name(after)
    for name, places in new_places.items():
        if len(base_places[name]) == len(places):
            yield from zip(places, base_places[name], strict=True)


def _by_name(symbols: Sequence[_Placed]) -> defaultdict[str, list[int]]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for symbol in symbols:
        places[symbol.name].append(symbol.offset)
    return places


def _between(
    before: Sequence[_Placed], after: Sequence[_Placed], same: dict[int, int]
) -> Iterator[tuple[int, int]]:
    """Yield new and base offset of symbols without a namesake between two that have one."""
    base_sizes = {symbol.offset: symbol.size for symbol in before}
    new_sizes = {symbol.offset: symbol.size for symbol in after}
    base_offsets, new_offsets = list(base_sizes), list(new_sizes)
    place = {offset: index for index, offset in enumerate(base_offsets)}
    known = [index for index, offset in enumerate(new_offsets) if offset in same]
    for left, right in pairwise(known):
        first, last = place[same[new_offsets[left]]], place[same[new_offsets[right]]]
        starts, places = base_offsets[first + 1 : last], new_offsets[left + 1 : right]
        if [base_sizes[start] for start in starts] == [new_sizes[to] for to in places]:
            yield from zip(places, starts, strict=True)
