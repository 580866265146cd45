"""Regions that no delta can shrink: compressed or encrypted data that changed.

They are recognised by what they cost: after everything that the model knows, each byte still takes
about its eight bits. So do some tables of constants and, where everything changed, code; a region
is therefore only opaque if its bytes are as good as random, in the base image too, and no function.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.encoder.trace import PatchTrace, Traced
from pipeline.explain.places import Places
from pipeline.explain.symbol_changes import SymbolChanges
from pipeline.images.entropy import entropy_bits_per_byte

_WINDOW_BYTES: Final = 192
_BITS_PER_BYTE: Final = 7.2
_FULL_WINDOW: Final = 0.85
"""The share of a window that is inserted or missed; in between a byte may agree by chance."""
_RANDOM_SHARE: Final = 0.92
"""Of the entropy that so many bytes can have: random ones have more, code and text less."""
_MAGICS: Final = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x78\x9c", "zlib"),
    (b"\x78\xda", "zlib"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x5d\x00\x00", "LZMA"),
    (b"\x04\x22\x4d\x18", "LZ4"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"PK\x03\x04", "zip"),
)
_LOOK_BACK_BYTES: Final = 64
"""Where the data begins is known to a window, not to a byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpaqueRegion:
    """A range of the new image."""

    start: int
    end: int
    format_name: str | None
    """What its first bytes say; None: nothing known, such as encrypted data."""


def opaque_regions(
    trace: PatchTrace, base: Places, new: Places, changes: SymbolChanges
) -> tuple[OpaqueRegion, ...]:
    """Return the regions of the new image that cost what they would cost alone."""
    marked = _costly_bytes(trace)
    functions = [symbol for symbol in new.symbols if symbol.is_function]
    for symbol in (*functions, *changes.added):
        marked[symbol.offset : symbol.end] = False
    places = {pair.after.offset: pair.before.offset for pair in changes.pairs}
    found = []
    for start, end in _ranges(marked):
        before = _base_offset(start, trace, new, places)
        if _is_random(new.image.data[start:end]) and _is_random(
            base.image.data[before : before + end - start]
        ):
            name = _format_name(new.image.data, start)
            found.append(OpaqueRegion(start=start, end=end, format_name=name))
    return tuple(found)


def marked_bytes(regions: tuple[OpaqueRegion, ...], size: int) -> NDArray[np.bool_]:
    """Return which of `size` bytes are in a region."""
    marked = np.zeros(size, dtype=np.bool_)
    for region in regions:
        marked[region.start : region.end] = True
    return marked


def _costly_bytes(trace: PatchTrace) -> NDArray[np.bool_]:
    bits = trace.byte_bits
    marked = np.zeros(len(bits), dtype=np.bool_)
    if len(bits) < _WINDOW_BYTES:
        return marked
    spent = (trace.byte_kinds & (Traced.INSERTED | Traced.MISSED)) != 0
    window = np.ones(_WINDOW_BYTES) / _WINDOW_BYTES
    costly = np.convolve(bits, window, mode="valid") >= _BITS_PER_BYTE
    full = np.convolve(spent, window, mode="valid") >= _FULL_WINDOW
    for start in np.flatnonzero(costly & full):
        marked[start : start + _WINDOW_BYTES] = True
    return marked


def _ranges(marked: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], marked, [False])).astype(np.int8)))
    for start, end in zip(edges[0::2], edges[1::2], strict=True):
        if end - start >= _WINDOW_BYTES // 2:
            yield int(start), int(end)


def _base_offset(start: int, trace: PatchTrace, new: Places, places: dict[int, int]) -> int:
    """Return where in the base image a region would lie: with its symbol, or with what precedes."""
    index = int(new.symbol_of[start])
    if index >= 0 and new.symbols[index].offset in places:
        return places[new.symbols[index].offset] + start - new.symbols[index].offset
    before = [segment for segment in trace.segments if segment[0] <= start]
    if not before:
        return start
    new_start, base_start, _ = before[-1]
    return max(0, base_start + start - new_start)


def _is_random(data: bytes) -> bool:
    if len(data) < _WINDOW_BYTES // 2:
        return False
    most_bits = min(8.0, math.log2(len(data)))
    return entropy_bits_per_byte(data) >= _RANDOM_SHARE * most_bits


def _format_name(new: bytes, start: int) -> str | None:
    begin = max(0, start - _LOOK_BACK_BYTES)
    head = new[begin : start + _LOOK_BACK_BYTES]
    return next((name for magic, name in _MAGICS if magic in head), None)
