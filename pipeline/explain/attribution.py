"""The patch's bytes, each line of it given to a kind, a section and a symbol: they add up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.encoder.trace import PatchTrace
from pipeline.explain.kinds import OF_BYTES, Kind
from pipeline.explain.places import NO_SECTION, PAGE_BYTES, Places

_PATCH_ITSELF: Final = "(patch)"
"""Section and symbol of what belongs to no byte of the new image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of the patch: of one kind, in one section, of one symbol."""

    kind: Kind
    section: str
    symbol: str
    patch_bytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A name and the bytes of the patch that are spent on it."""

    name: str
    patch_bytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """All parts of a patch."""

    patch_bytes: int
    shares: tuple[Share, ...]

    @property
    def by_kind(self) -> tuple[Line, ...]:
        """What the patch is spent on, largest first."""
        return self._lines(lambda share: share.kind.value)

    @property
    def by_section(self) -> tuple[Line, ...]:
        """Where in the new image, by section."""
        return self._lines(lambda share: share.section)

    @property
    def by_symbol(self) -> tuple[Line, ...]:
        """Where in the new image, by function or object."""
        return self._lines(lambda share: share.symbol)

    def of(self, *kinds: Kind) -> float:
        """Return the bytes that are spent on some kinds."""
        return sum(share.patch_bytes for share in self.shares if share.kind in kinds)

    def of_symbol(self, symbol: str, *kinds: Kind) -> float:
        """Return the bytes that are spent on a symbol, on some kinds or all."""
        return sum(
            share.patch_bytes
            for share in self.shares
            if share.symbol == symbol and (not kinds or share.kind in kinds)
        )

    def _lines(self, name_of: Callable[[Share], str]) -> tuple[Line, ...]:
        totals: dict[str, float] = {}
        for share in self.shares:
            name = name_of(share)
            totals[name] = totals.get(name, 0.0) + share.patch_bytes
        lines = [Line(name=name, patch_bytes=total) for name, total in totals.items()]
        return tuple(sorted(lines, key=lambda line: (-line.patch_bytes, line.name)))


def attribute(trace: PatchTrace, kinds: NDArray[np.uint8], new: Places) -> Attribution:
    """Give every bit of a patch to a kind, a section and a symbol."""
    totals: dict[tuple[Kind, str, str], float] = {}
    for kind, section, symbol, bits in _parts(trace, kinds, new):
        key = (kind, section, symbol)
        totals[key] = totals.get(key, 0.0) + bits / 8
    shares = [
        Share(kind=kind, section=section, symbol=symbol, patch_bytes=patch_bytes)
        for (kind, section, symbol), patch_bytes in totals.items()
        if patch_bytes
    ]
    ordered = sorted(shares, key=lambda s: (-s.patch_bytes, s.kind.value, s.section, s.symbol))
    return Attribution(patch_bytes=trace.patch_bytes, shares=tuple(ordered))


def _parts(
    trace: PatchTrace, kinds: NDArray[np.uint8], new: Places
) -> Iterator[tuple[Kind, str, str, float]]:
    yield Kind.HEADER, _PATCH_ITSELF, _PATCH_ITSELF, 8.0 * trace.header_bytes
    yield Kind.MOVED, _PATCH_ITSELF, _PATCH_ITSELF, trace.count_bits
    yield Kind.UNATTRIBUTED, _PATCH_ITSELF, _PATCH_ITSELF, trace.closing_bits
    for (new_start, _, _), bits in zip(trace.segments, trace.segment_bits, strict=True):
        yield Kind.MOVED, *_names(new, new_start), float(bits)
    for start, end in _runs(kinds, new):
        bits = float(trace.byte_bits[start:end].sum())
        if bits:
            yield OF_BYTES[kinds[start]], *_names(new, start), bits


def _names(new: Places, offset: int) -> tuple[str, str]:
    section = new.section_names[new.section_of[offset]] if new.image.sections else NO_SECTION
    return section, new.symbol_name(offset)


def _runs(kinds: NDArray[np.uint8], new: Places) -> Iterator[tuple[int, int]]:
    """Yield ranges of one kind, section and symbol; pages count where there are no symbols."""
    if not len(kinds):
        return
    changes = (np.diff(kinds) != 0) | (np.diff(new.section_of) != 0) | (np.diff(new.symbol_of) != 0)
    if not new.has_names:
        changes[PAGE_BYTES - 1 :: PAGE_BYTES] = True
    bounds = [0, *(np.flatnonzero(changes) + 1).tolist(), len(kinds)]
    yield from pairwise(bounds)
